import pytest

from harness.judge import clause, environment_differences, judge
from harness.judge.panel import disagreements
from harness.records import Limit, Rule
from tests.judge.evidences import FAR, NEAR, evidence, panel, reference


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ({"packages": {"numpy": "2.3.1"}}, {"packages": {"numpy": "2.4.6"}}, "numpy 2.3.1 → 2.4.6"),
        ({"cpu": "AVX512_ICL"}, {"cpu": "AVX2"}, "AVX-512 → AVX2"),
        ({"blas": "SkylakeX"}, {"blas": "Haswell"}, "AVX-512 → AVX2"),
        ({"blas": "Haswell"}, {"blas": "Zen"}, "OpenBLAS kernel Haswell → Zen"),
        ({"cpu": "AVX512_ICL", "blas": "SkylakeX"}, {"cpu": "AVX2", "blas": "Haswell"}, "AVX-512 → AVX2"),
        ({"served_model": "m-1"}, {"served_model": "m-2"}, "served model m-1 → m-2"),
        ({"cpu": None}, {"cpu": "AVX2"}, "cpu None → AVX2"),
        ({"reply": {"request_id": "1"}}, {"reply": {"request_id": "2"}}, ""),
    ],
)
def test_the_environment_is_named_as_people_do(old: dict[str, object], new: dict[str, object], words: str) -> None:
    assert clause(environment_differences(old, new), "environment") == words


def test_an_environment_that_changed_is_the_reason() -> None:
    held = reference(FAR, {"packages": {"numpy": "2.3.1"}, "cpu": "AVX512_ICL"})
    outcome = judge(evidence(None, references=(held,), environment={"packages": {"numpy": "2.4.6"}, "cpu": "AVX2"}))
    assert "environment changed: AVX-512 → AVX2, numpy 2.3.1 → 2.4.6" in outcome.reason


def test_the_probe_is_heard_where_nothing_changed() -> None:
    outcome = judge(evidence(FAR, probe="2026-11-22: none, two modes, 1 in 6"))
    assert "or it does not repeat (probe of 2026-11-22: none, two modes, 1 in 6)" in outcome.reason
    assert "(probe" not in judge(evidence(FAR)).reason


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phash": 0, "ssim": 0.9998, "ssim_block_min": 0.999, "delta_e": 22.6},
         "pHash and mean SSIM (0.9998) see no change, but color does: ΔE 22.6"),
        ({"phash": 0, "ssim": 0.95, "ssim_block_min": 0.99, "delta_e": 22.6},
         "pHash sees no change, but color does: ΔE 22.6"),
        ({"phash": 20, "ssim": 0.998, "ssim_block_min": 0.71, "delta_e": 0.4},
         "mean SSIM (0.9980) sees no change, but its worst place does: SSIM 0.71"),
        ({"phash": 0, "ssim": 0.9, "ssim_block_min": 0.5, "delta_e": 9},
         "pHash sees no change, but color (ΔE 9.0) and its worst place (SSIM 0.50) do"),
        ({"phash": 32, "ssim": 0.9999, "ssim_block_min": 0.999, "delta_e": 0.1},
         "pHash sees a change (32 of 64 bits), but no place and no color does"),
        ({"phash": 30, "ssim": 0.5, "ssim_block_min": 0.1, "delta_e": 30}, None),
        ({"phash": 0, "ssim": 0.9999, "ssim_block_min": 0.99, "delta_e": 0.1}, None),
        ({"phash": "absent", "ssim": "absent", "ssim_block_min": "absent", "delta_e": "absent"}, None),
    ],
)  # fmt: skip
def test_measures_that_contradict_each_other_are_named(values: dict[str, float | str], words: str | None) -> None:
    assert disagreements(panel(**values)) == (() if words is None else (words,))


def test_a_disagreement_is_reported_beside_the_verdict() -> None:
    blind = panel(pixels_equal=False, max_abs=40, mae=3, phash=0, ssim=0.999, ssim_block_min=0.99, delta_e=22.6)
    outcome = judge(evidence(blind, Rule("limits", (Limit("ssim", min=0.98),))))
    assert outcome.verdict == "benign"
    assert any("color does: ΔE 22.6" in warning for warning in outcome.warnings)
    near = judge(evidence(NEAR, Rule("limits", (Limit("ssim", min=0.98),))))
    assert not any("sees" in warning for warning in near.warnings)
