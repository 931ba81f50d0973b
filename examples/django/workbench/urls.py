from django.urls import path

from . import views

urlpatterns = [
    path("work", views.work),
    path("upload", views.upload),
    path("request", views.told),
    path("stream", views.stream),
]
