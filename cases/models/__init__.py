"""What is written: cases from arrival to the public library."""

from cases.models.annotation import Annotation
from cases.models.announcement import Announcement, PendingDecision
from cases.models.approval import Approval
from cases.models.assignment import Assignment, Interest, Recusal
from cases.models.call import Call, Phase, RequiredPart, Track
from cases.models.case import Case, CaseCounter, Revision, SubjectField
from cases.models.comment import Comment
from cases.models.evidence import Claim, ClaimCheck, Verdict
from cases.models.intake import CleaningFix, Intake, SecretLink, SignedReading
from cases.models.letter import Letter, LetterAttempt, LetterItem
from cases.models.library import LibraryEntry, LibraryIndex, RelatedEntry
from cases.models.mail import Message, MessagePart, MessagePlace
from cases.models.objection import Objection, ObjectionStep, Shortlisted
from cases.models.outline import Outline, OutlineField, OutlinePhoto
from cases.models.photo import CasePhoto, PhotoPrint, PhotoTwin
from cases.models.publishing import Correction
from cases.models.question import FigureQuestion
from cases.models.recommendation import Quota, Recommendation
from cases.models.returns import RequestItem, RequestReminder, RevisionRequest
from cases.models.review import Decision, ExternalSigner, Signature
from cases.models.rubric import Criterion, CriterionLevel, Rubric
from cases.models.scoring import Mark, Review
from cases.models.similarity import CaseShingle, Likeness
from cases.models.terms import TermRule

__all__ = [
    "Annotation",
    "Assignment",
    "Announcement",
    "Approval",
    "ExternalSigner",
    "PendingDecision",
    "Call",
    "Case",
    "CaseCounter",
    "CasePhoto",
    "CaseShingle",
    "Claim",
    "ClaimCheck",
    "CleaningFix",
    "Comment",
    "Correction",
    "Criterion",
    "CriterionLevel",
    "Decision",
    "FigureQuestion",
    "Intake",
    "SignedReading",
    "Interest",
    "Letter",
    "LetterAttempt",
    "LetterItem",
    "LibraryEntry",
    "LibraryIndex",
    "Likeness",
    "Mark",
    "Message",
    "MessagePart",
    "MessagePlace",
    "Objection",
    "ObjectionStep",
    "Phase",
    "PhotoPrint",
    "PhotoTwin",
    "Quota",
    "Recommendation",
    "Recusal",
    "Outline",
    "OutlineField",
    "OutlinePhoto",
    "RelatedEntry",
    "RequestItem",
    "RequestReminder",
    "RequiredPart",
    "Review",
    "Revision",
    "RevisionRequest",
    "Rubric",
    "SecretLink",
    "Shortlisted",
    "Signature",
    "SubjectField",
    "TermRule",
    "Track",
    "Verdict",
]
