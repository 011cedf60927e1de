"""The addresses of guidance. Those of provisions and editions are permanent."""

from django.urls import path

from publications import views

app_name = "publications"

urlpatterns = [
    path("publications/", views.library, name="library"),
    path("publications/<slug:slug>/", views.publication, name="publication"),
    path("publications/<slug:slug>/cite.<slug:form>", views.cite, name="cite"),
    path("publications/<slug:slug>/<int:number>/", views.publication, name="edition"),
    path(
        "publications/<slug:slug>/<int:number>/cite.<slug:form>",
        views.cite,
        name="cite_edition",
    ),
    path("r/<slug:label>", views.provision, name="provision"),
    path("r/<slug:label>/cite.<slug:form>", views.cite_provision, name="cite_provision"),
    path("roadmap/", views.roadmap, name="roadmap"),
    path("members/", views.members, name="members"),
    path("glossary/", views.glossary, name="glossary"),
]
