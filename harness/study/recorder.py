"""Recording what a study generates: described and looked at, compared with nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from harness.generation import Failed, Generated, Session
from harness.records import Policy, Reason, Rule, Trial, TrialResult
from harness.runner import Examiner, Judges
from harness.vocabulary import Code, RuleKind, StudyKind


class Recorder:
    """Makes a result of each generation of a Session and appends it to the ledger.

    A ``study`` compares nothing with a baseline; ``checks`` are evaluated when asked for; with ``repeats`` > 1
    each is compared with the first of its trial. ``judges`` are calibrations of viewers; with ``asks_again`` equal
    questions are asked each time.
    """

    def __init__(
        self,
        session: Session,
        study: StudyKind,
        *,
        checks: bool = False,
        repeats: int = 1,
        judges: Judges | None = None,
        asks_again: bool = False,
    ) -> None:
        self.session, self._checks = session, checks
        why_not = Reason(Code.BASELINE_NOT_COMPARED, {"study": study})
        self._examiner = Examiner(
            session.ledger,
            None,
            why_not=why_not,
            repeats=repeats,
            session=session,
            judges=judges,
            asks_again=asks_again,
        )
        if repeats > 1:
            self._examiner.recall(session.recorded())

    def open(self, trials: Iterable[Trial]) -> None:
        """Open the viewers of the checks of trials, and look for what their calls need. Raises HarnessError."""
        import numpy as np

        gray = np.full((64, 64, 3), 128, np.uint8)
        self._examiner.viewing.open((check for trial in trials for check in trial.checks), gray)

    def judge_notes(self, suites: Sequence[str]) -> Iterator[str]:
        """Yield what is to be known of the judges that answered (:meth:`harness.runner.Judges.notes`)."""
        return self._examiner.viewing.judges.notes(suites)

    def record(self, item: Generated | Failed) -> TrialResult:
        """Record one; on return it is on the disk."""
        trial = item.trial
        if not self._checks:
            policy = Policy(drift=Rule(RuleKind.LIMITS), timeout=trial.policy.timeout)
            trial = replace(trial, policy=policy, checks=())
        return self.session.ledger.append(self._examiner.examine(replace(item, trial=trial)))
