"""Inputs of the log's parsers that are a little wrong."""

import pytest

from tests.fuzz.log import READERS, run


@pytest.mark.parametrize("count", [4_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_no_input_makes_the_log_s_parsers_fail(count: int) -> None:
    codes = run(count, 1)
    assert codes.total() == count
    assert {f"taken: {kind}" for kind in READERS} <= set(codes)
    refused = {"log_signature_invalid", "log_unwitnessed", "note_malformed", "checkpoint_malformed", "proof_file_malformed"}
    refused |= {"proof_invalid", "receipt_malformed", "receipt_signature_invalid"}
    refused |= {"bundle_malformed", "tile_path_malformed", "log_key_malformed"}
    assert refused <= set(codes)
