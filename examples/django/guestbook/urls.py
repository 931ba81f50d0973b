from django.urls import include, path

from entries import views

urlpatterns = [
    path("", views.index, name="index"),
    path("entries.json", views.entries_json, name="entries-json"),
    path("", include("workbench.urls")),
]
