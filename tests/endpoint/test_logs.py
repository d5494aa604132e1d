"""What tasks write, as the unmodified SDK and command line read it."""

import json

from botocore.exceptions import ClientError

from support import Case

SCRIPT = "echo one; sleep 30; echo two ERROR; exit 0"


def container(**options):
    own = {"awslogs-group": "/ecs/web", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "web", **options}
    return {"name": "app", "image": "nginx", "memory": 16, "command": ["sh", "-c", SCRIPT],
            "logConfiguration": {"logDriver": "awslogs", "options": own}}


class Logs(Case):
    def run_one(self, **options):
        ecs = self.fleet(count=1)
        ecs.register_task_definition(family="web", containerDefinitions=[container(**options)])
        task = ecs.run_task(taskDefinition="web")["tasks"][0]["taskArn"]
        return ecs.describe_tasks(tasks=[task])["tasks"][0]

    def test_a_missing_group_fails_the_task(self):
        task = self.run_one()
        self.assertEqual((task["lastStatus"], task["stopCode"]), ("STOPPED", "TaskFailedToStart"))
        self.assertIn("The specified log group does not exist.", task["containers"][0]["reason"])

    def test_a_tasks_lines_are_found(self):
        logs = self.endpoint.client("logs")
        logs.create_log_group(logGroupName="/ecs/web")
        logs.put_retention_policy(logGroupName="/ecs/web", retentionInDays=7)
        task = self.run_one()
        group = logs.describe_log_groups(logGroupNamePrefix="/ecs/")["logGroups"][0]
        self.assertEqual((group["logGroupName"], group["retentionInDays"]), ("/ecs/web", 7))
        stream = logs.describe_log_streams(logGroupName="/ecs/web")["logStreams"][0]
        self.assertEqual(stream["logStreamName"], "web/app/" + task["taskArn"].rsplit("/", 1)[1])
        asked = {"logGroupName": "/ecs/web", "logStreamName": stream["logStreamName"]}
        events = logs.get_log_events(**asked)["events"]
        self.assertEqual([event["message"] for event in events], ["one", "two ERROR"])
        self.assertEqual(events[1]["timestamp"] - events[0]["timestamp"], 30_000)
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName="/ecs/web", PaginationConfig={"PageSize": 1})
        self.assertEqual([event["message"] for page in pages for event in page["events"]], ["one", "two ERROR"])
        code, found, _ = self.endpoint.aws("logs", "filter-log-events", "--log-group-name", "/ecs/web", "--filter-pattern", "ERROR")
        self.assertEqual((code, [event["message"] for event in found["events"]]), (0, ["two ERROR"]))

    def test_the_driver_makes_the_group_where_it_is_told_to_and_may(self):
        task = self.run_one(**{"awslogs-create-group": "true"})
        self.assertIn("is not authorized to perform: logs:CreateLogGroup", task["containers"][0]["reason"])
        statement = {"Effect": "Allow", "Action": "logs:CreateLogGroup", "Resource": "*"}
        self.endpoint.client("iam").put_role_policy(
            RoleName="ecsInstanceRole", PolicyName="logs",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        self.run_one(**{"awslogs-create-group": "true"})
        groups = self.endpoint.client("logs").describe_log_groups()["logGroups"]
        self.assertEqual([group["logGroupName"] for group in groups], ["/ecs/web"])

    def test_events_are_put_and_streams_made(self):
        logs = self.endpoint.client("logs")
        logs.create_log_group(logGroupName="own")
        logs.create_log_stream(logGroupName="own", logStreamName="s")
        start = 1_767_603_600_000
        put = logs.put_log_events(logGroupName="own", logStreamName="s", logEvents=[
            {"timestamp": start, "message": "hello"}, {"timestamp": start + 10 * 3_600_000, "message": "too new"}])
        self.assertEqual(put["rejectedLogEventsInfo"], {"tooNewLogEventStartIndex": 1})
        events = logs.get_log_events(logGroupName="own", logStreamName="s", startFromHead=True)["events"]
        self.assertEqual([event["message"] for event in events], ["hello"])
        logs.delete_log_group(logGroupName="own")
        with self.assertRaises(logs.exceptions.ResourceNotFoundException):
            logs.describe_log_streams(logGroupName="own")

    def test_a_refusal_has_the_frameworks_words(self):
        with self.assertRaises(ClientError) as refused:
            self.endpoint.client("logs").create_log_group(logGroupName="a b")
        error = refused.exception.response["Error"]
        self.assertEqual(error["Code"], "InvalidParameterException")
        self.assertTrue(error["Message"].startswith("1 validation error detected: Value 'a b' at 'logGroupName' failed"))
