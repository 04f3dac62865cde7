"""The ledger: what was done, asked, given, promised. Every mechanism of the write-ups is one of these rows.

Map (design paper's rows 1 to 74):
- `ledger`      what all rows share: organisation and path, entered once, taken back; pieces for constraints
- `vocabulary`  Kind (for activities, matters, pairings, grants, venues; its `group` is what reports count by), Phrase
- `activity`    Activity, Participation            something happened (4, 7, 16-28, 35, 50)
- `matter`      Matter, MatterStep (append-only)   asked or assigned (13, 20, 29-34, 36-40)
- `pairing`     Pairing, Duty (a cadence), Excuse  stands by (3, 23, 30, 58-63, 67; cadences 19, 41, 58)
- `campaign`    Campaign, CampaignMember, Target   promised (15, 22, 27, 32, 37, 45, 46, 64, 65)
- `grant`       Grant                              given (40-49, 56)
- `venue`       Venue                              places (33, 35, 50-55, 57; QR windows 8 are members.CheckInPoint)
- `assessment`  Sheet, Criterion, Assessment, AssessmentStep, Score            scored (68-70)
- `indicator`   Figure, Snapshot, SnapshotValue    attested by others (5, 57, 71-74), reported
- `batch`       LedgerImport, ImportChunk          workbooks taken in
- `tally`       Tally, MonthTally, PairingYear     what triggers add up of activities, so that big numbers are quick
- `attachment`  Attachment                         photo, file, agreement, policy paper (2, 11, 59)
- `template`    ReportTemplate                     a county's own layout of its reports
Who and where (1, 2, 6, 8-10, 12, 14, 66) is `members`. Computed numbers are `services.indicators`.
"""

from services.models.activity import Activity, Participation
from services.models.assessment import Assessment, AssessmentState, AssessmentStep, Criterion, Score, Sheet
from services.models.attachment import Attachment
from services.models.batch import ImportChunk, ImportSubject, LedgerImport
from services.models.campaign import Campaign, CampaignMember, Target
from services.models.grant import Grant
from services.models.indicator import Figure, Snapshot, SnapshotValue
from services.models.matter import Matter, MatterState, MatterStep
from services.models.pairing import Duty, Excuse, Pairing
from services.models.tally import MonthTally, PairingYear, Tally
from services.models.template import ReportTemplate
from services.models.venue import Venue
from services.models.vocabulary import Domain, Group, Kind, Phrase

__all__ = [
    "Activity",
    "Assessment",
    "AssessmentState",
    "AssessmentStep",
    "Attachment",
    "Campaign",
    "CampaignMember",
    "Criterion",
    "Domain",
    "Duty",
    "Excuse",
    "Figure",
    "Grant",
    "Group",
    "ImportChunk",
    "ImportSubject",
    "Kind",
    "LedgerImport",
    "Matter",
    "MatterState",
    "MatterStep",
    "MonthTally",
    "Pairing",
    "PairingYear",
    "Participation",
    "Phrase",
    "ReportTemplate",
    "Score",
    "Sheet",
    "Snapshot",
    "SnapshotValue",
    "Tally",
    "Target",
    "Venue",
]
