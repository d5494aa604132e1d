"""The wire itself: errors, hostile bytes, many clients, the clock and the lab's own paths."""

import random
import socket
from concurrent.futures import ThreadPoolExecutor

from support import Case, Endpoint

ECS = "AmazonEC2ContainerServiceV20141113."


class Wire(Case):
    def test_refusals_have_aws_form(self):
        for target, body, code in [
            (ECS + "DescribeTasks", {"cluster": "nope", "tasks": ["t"]}, "ClusterNotFoundException"),
            (ECS + "DescribeTasks", {"cluster": 5, "tasks": []}, "SerializationException"),
            (ECS + "ListClusters", b"{not json", "SerializationException"),
            (ECS + "ListClusters", b"\xff\xfe", "SerializationException"),
            (ECS + "RegisterTaskDefinition", {}, "ClientException"),
            (ECS + "FlyToTheMoon", {}, "UnknownOperationException"),
            ("Nobody.ListClusters", {}, "UnknownOperationException"),
            (ECS, {}, "UnknownOperationException"),
        ]:
            with self.subTest(target=target, body=body):
                status, answer, headers = self.endpoint.post(target, body)
                self.assertEqual((status, answer["__type"]), (400, code))
                self.assertIn("message", answer)
                self.assertRegex(headers["x-amzn-requestid"], r"^[0-9a-f-]{36}$")
                self.assertEqual(headers["Content-Type"], "application/x-amz-json-1.1")

    def test_unknown_members_are_dropped_and_no_body_is_an_empty_one(self):
        for body in ({"color": "red", "maxResults": None}, b""):
            status, answer, _ = self.endpoint.post(ECS + "ListClusters", body)
            self.assertEqual((status, answer), (200, {"clusterArns": []}))

    def test_a_body_over_20_mb_is_refused(self):
        status, text, _ = self.endpoint.post(ECS + "ListClusters", b" " * 20_000_001)
        self.assertEqual((status, text), (413, "a body may have 20 MB"))
        self.assertEqual(self.endpoint.post(ECS + "ListClusters", b" " * 1_000_000 + b"{}")[0], 200)

    def raw(self, text):
        """What comes back for bare bytes until the endpoint closes."""
        with socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=5) as line:
            line.sendall(text.encode())
            answer = b""
            while part := line.recv(65536):
                answer += part
        return answer.decode()

    def test_a_giant_length_is_refused_unread(self):
        giant = "POST / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n"
        self.assertTrue(self.raw(giant).startswith("HTTP/1.1 413 "))
        with socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=5) as line:
            line.sendall(giant.encode() + b"{")
        self.assertEqual(self.endpoint.post(ECS + "ListClusters", {})[0], 200)

    def test_every_answer_has_a_request_id_and_ends_the_connection(self):
        for version in ("1.0", "1.1"):
            for line, rest, status in [
                ("POST /", f"X-Amz-Target: {ECS}ListClusters\r\n", 200),
                ("POST /", "", 400),
                ("GET /", "", 405),
                ("GET /_lab/nothing", "", 404),
                ("GET /_lab/facts", "Connection: keep-alive\r\n", 200),
                ("POST /", "Content-Length: 30000000\r\n", 413),
                ("POST /", "Content-Length: x\r\n", 400),
            ]:
                with self.subTest(version=version, line=line, rest=rest):
                    head = self.raw(f"{line} HTTP/{version}\r\n{rest}\r\n").split("\r\n\r\n")[0]
                    self.assertTrue(head.startswith(f"HTTP/1.1 {status} "), head)
                    self.assertRegex(head, r"x-amzn-requestid: [0-9a-f-]{36}")
                    self.assertIn("Connection: close", head)

    def test_deep_nesting_is_refused_and_not_followed(self):
        status, answer, _ = self.endpoint.post(ECS + "ListClusters", b"[" * 1_000_000)
        self.assertEqual((status, answer["__type"]), (400, "SerializationException"))

    def test_random_bytes_never_take_it_down(self):
        dice = random.Random(4)
        starts = [b"", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999\r\n\r\n", b"GET /_lab/ HTTP/9.9\r\n\r\n",
                  b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"POST /%ff?\xff HTTP/1.1\r\n\r\n"]
        for _ in range(200):
            with socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=5) as line:
                line.sendall(dice.choice(starts) + dice.randbytes(dice.randrange(400)))
        self.assertEqual(self.endpoint.post(ECS + "ListClusters", {})[0], 200)

    def test_64_clients_at_once_are_each_answered_as_if_alone(self):
        ecs = self.fleet(count=4)
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 16}])

        def client(number):
            name = f"client-{number}"
            asked = {"taskDefinition": "web", "startedBy": name, "clientToken": name}
            made = [self.endpoint.post(ECS + "RunTask", asked) for _ in range(3)]
            return {answer["tasks"][0]["startedBy"] for _, answer, _ in made}, {answer["tasks"][0]["taskArn"] for _, answer, _ in made}

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(client, range(64)))
        self.assertEqual([names for names, _ in answers], [{f"client-{number}"} for number in range(64)])
        self.assertEqual([len(arns) for _, arns in answers], [1] * 64, "a token stands for one task")
        self.assertEqual(len(set.union(*(arns for _, arns in answers))), 64)

    def test_what_is_not_simulated_says_so_by_name(self):
        status, answer, _ = self.endpoint.post(ECS + "SubmitTaskStateChange", {})
        self.assertEqual(status, 400)
        self.assertIn("SubmitTaskStateChange", answer["message"])


class Control(Case):
    options = ("--speed", "0", "--seed", "7")

    def test_a_clock_that_stands_still_moves_when_told(self):
        status, first = self.endpoint.lab("advance", {"seconds": 0})
        self.assertEqual((status, first), (200, {"now": "2026-01-05T09:00:00Z"}))
        self.endpoint.post(ECS + "ListClusters", {})
        self.assertEqual(self.endpoint.lab("advance", {"seconds": 90.5})[1], {"now": "2026-01-05T09:01:30.500Z"})
        for wrong in ({"seconds": -1}, {"seconds": "1"}, {}, [], {"seconds": 1e300}):
            self.assertEqual(self.endpoint.lab("advance", wrong)[0], 400, wrong)

    def test_any_command_runs_and_the_facts_can_be_read(self):
        create = {"api": "ecs.CreateCluster", "input": {"clusterName": "prod"}}
        status, done = self.endpoint.lab("command?region=eu-west-1", create)
        self.assertEqual((status, done["reply"]["cluster"]["clusterName"]), (200, "prod"))
        self.assertEqual(self.endpoint.lab("command", {"advance": "soon"})[0], 400)
        self.assertEqual(self.endpoint.lab("command?region=nowhere", create)[0], 400)
        status, facts = self.endpoint.lab("facts")
        self.assertEqual((status, len(facts["eu-west-1"])), (200, len(done["facts"])))
        self.assertEqual(self.endpoint.lab("reset", {}), (200, {}))
        self.assertEqual(self.endpoint.lab("facts"), (200, {}))
        self.assertEqual(self.endpoint.lab("nothing", {})[0], 404)

    def test_the_seed_decides_the_ids(self):
        def ids(seed):
            endpoint = Endpoint("--speed", "0", "--seed", seed)
            self.addCleanup(endpoint.close)
            asked = {"api": "ec2.RunInstances", "input": {"MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro"}}
            return endpoint.lab("command", asked)[1]["reply"]["Instances"][0]["InstanceId"]

        self.assertEqual(ids("7"), ids("7"))
        self.assertNotEqual(ids("7"), ids("8"))
