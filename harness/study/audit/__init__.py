"""What changes between two arms, beyond what repeats of one arm differ by."""

from harness.study.audit.arms import Arms, AuditSpec, estimates_of_arms, plan_audit
from harness.study.audit.audit import AuditOptions, audit_runs, audit_suite, unfinished_audit

__all__ = [
    "Arms",
    "AuditOptions",
    "AuditSpec",
    "audit_runs",
    "audit_suite",
    "estimates_of_arms",
    "plan_audit",
    "unfinished_audit",
]
