"""What the log's parsers and checks raise, a branch of the core's tree. Each error carries a stable `code`.

SealError
└── LogError
    ├── ProofError          a proof that is malformed, or does not lead from what is proven to the root
    ├── TileError           a tile, an entry bundle or a path that C2SP tlog-tiles does not allow
    ├── NoteError           a signed note, checkpoint, key or proof file that its specification does not allow
    ├── NoteSignatureError  a note without the signatures that it needs, or with one that does not hold
    └── ReceiptError        a COSE receipt that RFC 9942 does not allow, or whose signature does not hold
"""

from __future__ import annotations

from seal.errors import SealError


class LogError(SealError):
    """Base of all refusals of the log. `detail` never holds what an entry says."""


class ProofError(LogError):
    """`proof_malformed`, `proof_invalid`, `size_out_of_range` or `index_out_of_range`."""


class TileError(LogError):
    """`tile_malformed`, `tile_path_malformed` or `bundle_malformed`."""


class NoteError(LogError):
    """`note_malformed`, `note_too_long`, `log_key_malformed`, `checkpoint_malformed`, `log_policy_malformed`, `subtree_malformed`,
    `proof_file_malformed` or `witness_request_malformed`."""


class NoteSignatureError(LogError):
    """`log_wrong_origin`, `log_unsigned`, `log_unwitnessed`, `log_signature_invalid` or `log_algorithm_unsupported`."""


class ReceiptError(LogError):
    """`receipt_malformed`, `receipt_unsupported` or `receipt_signature_invalid`."""
