from harness.judge import Evidence, judge
from harness.records import Reason, Recipe, Request, Subject, Trial, TrialKey
from harness.vocabulary import Code


def test_what_was_left_out_or_changed_is_a_note_on_the_trial() -> None:
    trial = Trial(TrialKey("s", "c", seed=0), Recipe(Request("a fox", seed=0), Subject("mini", "openai")))
    environment = {"omitted": ["background", "seed"], "clamped": {"steps": {"asked": 200, "got": 50}}}
    assert judge(Evidence(trial, environment=environment)).warnings == (
        Reason(Code.LEFT_OUT, {"provider": "mini", "names": ["background", "seed"]}),
        Reason(Code.CLAMPED, {"provider": "mini", "name": "steps", "asked": 200, "got": 50}),
    )
    assert judge(Evidence(trial, environment={"omitted": [], "steps": 4})).warnings == ()
