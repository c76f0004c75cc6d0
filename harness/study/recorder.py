"""Recording what a study generates: described and looked at, compared with nothing."""

from dataclasses import replace

from harness.generation import Failed, Generated, Session
from harness.records import Policy, Reason, Rule, TrialResult
from harness.runner import Examiner
from harness.vocabulary import Code, RuleKind, StudyKind


class Recorder:
    """Makes a result of each generation of a Session and appends it to the ledger.

    A ``study`` compares nothing with a baseline; ``checks`` are evaluated when asked for; with ``repeats`` > 1
    each is compared with the first of its trial.
    """

    def __init__(self, session: Session, study: StudyKind, *, checks: bool = False, repeats: int = 1) -> None:
        self.session, self._checks = session, checks
        why_not = Reason(Code.BASELINE_NOT_COMPARED, {"study": study})
        self._examiner = Examiner(session.ledger, None, why_not=why_not, repeats=repeats, session=session)
        if repeats > 1:
            self._examiner.recall(session.recorded())

    def record(self, item: Generated | Failed) -> TrialResult:
        """Record one; on return it is on the disk."""
        trial = item.trial
        if not self._checks:
            policy = Policy(drift=Rule(RuleKind.LIMITS), timeout=trial.policy.timeout)
            trial = replace(trial, policy=policy, checks=())
        return self.session.ledger.append(self._examiner.examine(replace(item, trial=trial)))
