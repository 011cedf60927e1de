"""The addresses of the app: each slice names its own."""

from assessments.answering import urls as answering
from assessments.benchmarks import urls as benchmarks
from assessments.questionnaires import urls as questionnaires
from assessments.reports import urls as reports
from assessments.stewardship import urls as stewardship
from assessments.submissions import urls as submissions

app_name = "assessments"

urlpatterns = [
    *answering.urlpatterns,
    *submissions.urlpatterns,
    *reports.urlpatterns,
    *benchmarks.urlpatterns,
    *questionnaires.urlpatterns,
    *stewardship.urlpatterns,
]
