"""Who and where."""

from members.models.account import Notice, RoleAssignment, User
from members.models.audit import AuditEvent
from members.models.batch import ColumnName, ImportBatch, ImportRow
from members.models.checkin import CheckIn, CheckInPoint, ConsentText, PointToken
from members.models.development import Development, DevelopmentQuota, DevelopmentStep, StepDefinition
from members.models.discovery import EnterpriseVisit, Lead, LeadEvidence
from members.models.factor import FactorReset, RecoveryCode, SecondFactor
from members.models.match import MatchApproval, MatchCandidate, MatchRoster, MatchRun
from members.models.merge import Merge, MergeStep
from members.models.organisation import Organisation, Region
from members.models.register import Person, Post, RevealReason, Vehicle
from members.models.tidying import PriorValue

__all__ = [
    "AuditEvent",
    "CheckIn",
    "CheckInPoint",
    "ColumnName",
    "Development",
    "DevelopmentQuota",
    "DevelopmentStep",
    "ConsentText",
    "EnterpriseVisit",
    "FactorReset",
    "ImportBatch",
    "ImportRow",
    "Lead",
    "LeadEvidence",
    "MatchApproval",
    "MatchCandidate",
    "MatchRoster",
    "MatchRun",
    "Merge",
    "MergeStep",
    "Notice",
    "Organisation",
    "Person",
    "PointToken",
    "Post",
    "RecoveryCode",
    "PriorValue",
    "Region",
    "RevealReason",
    "RoleAssignment",
    "SecondFactor",
    "StepDefinition",
    "User",
    "Vehicle",
]
