import os
import socket

from django.forms import ModelForm
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from .models import Entry

SHOWN = 50


class EntryForm(ModelForm):
    class Meta:
        model = Entry
        fields = ["name", "message"]


@require_http_methods(["GET", "HEAD", "POST"])
def index(request):
    form = EntryForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        form.save()
        return redirect("index")
    return render(request, "entries/index.html", {
        "form": form,
        "entries": Entry.objects.all()[:SHOWN],
        "count": Entry.objects.count(),
        "machine": socket.gethostname(),
        "release": os.environ.get("PADDOCK_RELEASE", "")[:12] or "development",
    }, status=422 if form.is_bound else 200)


@require_safe
def entries_json(request):
    fields = ("name", "message", "written")
    return JsonResponse({"count": Entry.objects.count(), "entries": list(Entry.objects.values(*fields)[:SHOWN])})
