from django.test import TestCase


class GuestBook(TestCase):
    def test_what_a_visitor_writes_is_shown_and_counted(self):
        answer = self.client.post("/", {"name": "Ada", "message": "<b>hello</b>"})
        self.assertRedirects(answer, "/")
        self.assertContains(self.client.get("/"), "&lt;b&gt;hello&lt;/b&gt;")
        self.assertEqual(self.client.get("/entries.json").json()["count"], 1)

    def test_an_empty_message_is_not_kept(self):
        self.assertContains(self.client.post("/", {"name": "Ada", "message": ""}), "required", status_code=422)
        self.assertEqual(self.client.get("/entries.json").json()["count"], 0)
