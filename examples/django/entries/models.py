from django.db import models


class Entry(models.Model):
    """What a visitor wrote."""

    name = models.CharField(max_length=40)
    message = models.CharField(max_length=280)
    written = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-written", "-id"]

    def __str__(self):
        return f"{self.name}: {self.message}"
