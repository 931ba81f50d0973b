import hashlib

from django.test import SimpleTestCase


class Workbench(SimpleTestCase):
    def test_an_upload_of_any_kind_is_read_to_its_end(self):
        body = bytes(range(256)) * 1024
        answer = self.client.post("/upload", body, content_type="application/octet-stream")
        self.assertEqual(answer.json(), {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()})

    def test_an_answer_comes_in_parts_and_the_proxy_is_asked_not_to_collect_them(self):
        answer = self.client.get("/stream")
        self.assertTrue(answer.streaming)
        self.assertEqual(answer["X-Accel-Buffering"], "no")

    def test_what_is_known_of_a_visitor_is_told(self):
        answer = self.client.get("/request", headers={"x-request-id": "abc"})
        self.assertEqual(answer.json()["headers"]["x-request-id"], "abc")
