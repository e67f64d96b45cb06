"""The plain YAML that rules are written in: what is refused, and the line that is named."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from governorate import yaml_values
from governorate.errors import RuleError
from governorate.yaml_values import SIZE_MAX, YamlValue
from tests.conftest import ROOT


def parsed(text: str) -> YamlValue:
    return yaml_values.parse(text.encode(), "rules.yaml")


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "rules_syntax", 1),
        ("# nothing but this\n", "rules_syntax", 1),
        ("a: 1\nb: [1\nc: 2", "rules_syntax", 3),
        ("a: 1\nb: &x 1", "rules_syntax", 2),
        ("a: 1\nb: *x", "rules_syntax", 2),
        ("a: &x [*x]", "rules_syntax", 1),
        ("a: 1\n\nb: !!python/object/apply:os.system [ls]", "rules_syntax", 3),
        ("a: 1\nb: !!int '2'", "rules_syntax", 2),
        ("a: 1\n--- \nb: 2", "rules_syntax", 2),
        ("[" * 100_000, "rules_syntax", 1),
        ("a: 1\nb: \x07", "rules_syntax", 2),
        ("a: 1\n\tb: 2", "rules_syntax", 2),
    ],
)
def test_what_is_not_plain_is_refused(text: str, code: str, line: int) -> None:
    with pytest.raises(RuleError) as caught:
        parsed(text)
    assert (caught.value.code, caught.value.file, caught.value.line) == (code, "rules.yaml", line)
    assert caught.value.detail.startswith(f"rules.yaml:{line}")


def test_ten_levels_are_the_most() -> None:
    assert isinstance(parsed("[" * 10 + "]" * 10), YamlValue)
    with pytest.raises(RuleError, match=r"rules_syntax: rules.yaml:1: nested too deeply"):
        parsed("[" * 11 + "]" * 11)


def test_bytes_that_are_no_utf_8_are_refused_with_their_line() -> None:
    with pytest.raises(RuleError, match=r"rules_syntax: rules.yaml:2: not UTF-8"):
        yaml_values.parse("a: 1\nb: محل".encode("cp1256"), "rules.yaml")


def test_a_file_that_is_missing_or_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"rules_unreadable: none.yaml:1"):
        yaml_values.read(tmp_path / "none.yaml")
    huge = tmp_path / "huge.yaml"
    huge.write_bytes(b"a: 1\n" + b"#" * (SIZE_MAX - 5))
    assert yaml_values.read(huge).mapping(required=("a",))["a"].number() == 1
    huge.write_bytes(b"a: 1\n" + b"#" * (SIZE_MAX - 4))
    with pytest.raises(RuleError, match=r"rules_unreadable: huge.yaml:1"):
        yaml_values.read(huge)
    with pytest.raises(RuleError, match="rules_unreadable"):
        yaml_values.read(tmp_path)


def test_scalars_are_what_is_written() -> None:
    entries = parsed("a: no\nb: 0012\nc: 2026-02-28\nd: 1e3\ne: ~").mapping(required="abcde")
    assert [entries[key].text() for key in "abcde"] == ["no", "0012", "2026-02-28", "1e3", "~"]
    assert entries["a"].yes() is False
    assert entries["c"].day() == date(2026, 2, 28)


def value(text: str) -> YamlValue:
    return parsed(f"\n\nvalue: {text}").mapping(required=("value",))["value"]


@pytest.mark.parametrize("text", ["0012", "1_000", "1.0", "-1", "0x10", "١٢", "''", "[1]", "{a: 1}", "1000000000000", "+1", "true"])
def test_a_number_is_digits(text: str) -> None:
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:3"):
        value(text).number()


@pytest.mark.parametrize("text", ["2026-02-29", "2026-1-1", "20260101", "01-01-2026", "2026-01-01T00:00:00", "today", "2026-W01-1", "[]"])
def test_a_day_is_a_day_of_the_calendar(text: str) -> None:
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:3"):
        value(text).day()


@pytest.mark.parametrize("text", ["yes please", "true", "on", "YES", "1"])
def test_yes_and_no_are_the_only_answers(text: str) -> None:
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:3"):
        value(text).yes()


@pytest.mark.parametrize("text", ['" "', '"a\\u202eb"', '"a\\nb"', "[a]"])
def test_a_text_hides_nothing(text: str) -> None:
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:3"):
        value(text).text()


def test_keys_are_held_to_the_list() -> None:
    with pytest.raises(RuleError, match=r"rules_key_unknown: rules.yaml:2: b"):
        parsed("a: 1\nb: 2").mapping(required=("a",))
    with pytest.raises(RuleError, match=r"rules_key_missing: rules.yaml:1: b"):
        value_of = parsed("x:\n  a: 1").mapping(required=("x",))["x"]
        value_of.mapping(required=("a", "b"))
    with pytest.raises(RuleError, match=r"rules_key_twice: rules.yaml:3: a"):
        parsed("a: 1\nb: 2\na: 3").entries()
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:1"):
        parsed("[a]: 1").entries()
    with pytest.raises(RuleError, match=r"rules_value_invalid: rules.yaml:1"):
        parsed("Shop: 1").coded()
    with pytest.raises(RuleError, match=r"rules_key_twice: rules.yaml:4: a"):
        value("[a,\n a]").texts()


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused_with_a_line(content: bytes) -> None:
    try:
        read = yaml_values.parse(content, "rules.yaml")
    except RuleError as error:
        assert 1 <= error.line <= content.count(b"\n") + content.count(b"\r") + content.count(b"\xc2\x85") + content.count(b"\xe2\x80") + 1
    else:
        assert isinstance(read, YamlValue)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?~ \n\t0", max_size=80))
def test_text_of_yaml_s_signs_is_read_or_refused(text: str) -> None:
    try:
        parsed(text)
    except RuleError as error:
        assert error.code == "rules_syntax"


@pytest.mark.parametrize("name", ["services.yaml", "fees.yaml", "licenses.yaml", "holidays.yaml"])
def test_both_readers_read_the_same_lines(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "governorate/alexandria" / name).read_bytes()

    def lines(node: yaml.Node) -> object:
        inner = [each for pair in node.value for each in pair] if isinstance(node, yaml.MappingNode) else node.value
        below = inner if isinstance(node, yaml.ScalarNode) else [lines(each) for each in inner]
        return (type(node), node.start_mark.line, node.tag, below)

    quick = lines(yaml_values.parse(text, name).node)
    monkeypatch.setattr(yaml_values, "_QUICK", yaml.SafeLoader)
    assert lines(yaml_values.parse(text, name).node) == quick
