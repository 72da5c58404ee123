from benchmarks.__main__ import run_benchmark
from benchmarks.rows import Row, table
from benchmarks.setting import MissingPeer
from benchmarks.timing import Seconds, take_turns


def test_a_case_is_named_once_and_numbers_stand_in_columns():
    text = table([Row("B1", "layer", "rlvis", 1.5, 0.01), Row("B1", "layer", "other", 3.0, 0.05, 2.0, 5.0, "same maps")])
    heading, first, second = text.splitlines()
    assert first.startswith("B1  layer  rlvis") and not second.strip().startswith("B1")
    assert [heading.index("wall s") + len("wall s")] == [first.index("1.50") + 4] == [second.index("3.00") + 4]
    assert second.split() == ["other", "3.00", "0.0500", "2.00", "5.00", "same", "maps"]


def test_contenders_take_turns_after_a_first_call_each():
    calls = []
    seconds, results = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b") or 2}, 2)
    assert calls == ["a", "b"] * 3 and results == {"a": None, "b": 2}
    assert all(0 <= each.wall < 10 for each in seconds.values())


def test_ratios_are_to_the_other_seconds():
    assert Seconds(3.0, 8.0).over(Seconds(1.5, 2.0)) == {"ratio_wall": 2.0, "ratio_cpu": 4.0}


def test_a_missing_peer_is_said_in_the_row(monkeypatch):
    from benchmarks import many_outputs

    def missing(setting):
        raise MissingPeer("No module named 'captum'")

    monkeypatch.setattr(many_outputs, "measure", missing)
    (row,) = run_benchmark("B2", None)
    assert row.contender == "not measured" and "captum" in row.note
