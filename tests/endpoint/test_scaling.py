"""The unmodified SDK lets a service follow its load, sees what scaled it and why, and takes all of it down again."""

from botocore.exceptions import ClientError

from support import Case

RESOURCE = {
    "ServiceNamespace": "ecs", "ResourceId": "service/prod/web", "ScalableDimension": "ecs:service:DesiredCount",
}


class Scaling(Case):
    def service(self):
        """A steady service of two tasks, and the clients."""
        ecs = self.fleet("prod", count=4)
        container = {"name": "app", "image": "nginx", "cpu": 256, "memory": 512, "portMappings": [{"containerPort": 80}]}
        ecs.register_task_definition(family="web", containerDefinitions=[container])
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2)
        self.wait(120)
        return ecs, self.endpoint.client("application-autoscaling"), self.endpoint.client("cloudwatch")

    def wait(self, seconds):
        status, _ = self.endpoint.lab("advance", {"seconds": seconds})
        self.assertEqual(status, 200)

    def load(self, rate):
        load = {"cluster": "prod", "service": "web", "requestsPerSecond": rate, "workMilliseconds": 10}
        status, answer = self.endpoint.lab("command", {"api": "lab.Load", "input": load})
        self.assertEqual(status, 200, answer)

    def test_boto3_walks_a_scaling_story_of_a_service(self):
        ecs, scaling, cloudwatch = self.service()
        made = scaling.register_scalable_target(**RESOURCE, MinCapacity=2, MaxCapacity=12, Tags={"team": "web"})
        arn = made["ScalableTargetARN"]
        self.assertEqual(scaling.list_tags_for_resource(ResourceARN=arn)["Tags"], {"team": "web"})
        config = {
            "TargetValue": 60.0, "ScaleInCooldown": 60,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        }
        policy = scaling.put_scaling_policy(
            **RESOURCE, PolicyName="cpu", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=config)
        names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
        high, low = names
        self.assertIn("-AlarmHigh-", high)
        self.assertIn("-AlarmLow-", low)

        def state(name):
            return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

        def count():
            return ecs.describe_services(cluster="prod", services=["web"])["services"][0]["desiredCount"]

        self.load(100)
        self.wait(900)
        changes = [own["HistorySummary"] for own in cloudwatch.describe_alarm_history(AlarmName=high)["AlarmHistoryItems"]]
        self.assertIn("Alarm updated from INSUFFICIENT_DATA to ALARM", changes)
        peak = count()
        self.assertTrue(6 <= peak <= 12, peak)
        self.assertEqual(state(high), "OK")
        self.load(10)
        self.wait(3600)
        self.assertEqual((count(), state(low)), (2, "ALARM"))
        pages = scaling.get_paginator("describe_scaling_activities")
        asked = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE["ResourceId"], "PaginationConfig": {"PageSize": 2}}
        done = [own for page in pages.paginate(**asked) for own in page["ScalingActivities"]]
        self.assertTrue(all(own["StatusCode"] in ("Successful", "Overridden") for own in done), done)
        self.assertEqual(done[-1]["Cause"], f"monitor alarm {high} in state ALARM triggered policy cpu")
        self.assertEqual(done[0]["Cause"], f"monitor alarm {low} in state ALARM triggered policy cpu")
        self.assertEqual(
            done[0]["StatusMessage"], "Successfully set desired count to 2. Change successfully fulfilled by ecs.")
        told = scaling.describe_scaling_activities(
            ServiceNamespace="ecs", ResourceId=RESOURCE["ResourceId"], IncludeNotScaledActivities=True)
        reasons = [own["NotScaledReasons"] for own in told["ScalingActivities"] if "NotScaledReasons" in own]
        self.assertEqual(reasons[0], [{"Code": "AlreadyAtMinCapacity", "MinCapacity": 2}])
        scaling.put_scheduled_action(
            **RESOURCE, ScheduledActionName="morning", Schedule="rate(1 hour)",
            ScalableTargetAction={"MinCapacity": 5})
        self.wait(3600)
        self.assertEqual(count(), 5)
        scaling.deregister_scalable_target(**RESOURCE)
        self.assertEqual(cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"], [])
        with self.assertRaises(ClientError) as refused:
            scaling.delete_scaling_policy(**RESOURCE, PolicyName="cpu")
        self.assertEqual(refused.exception.response["Error"]["Code"], "ObjectNotFoundException")

    def test_boto3_scales_by_metric_math(self):
        ecs, scaling, cloudwatch = self.service()
        scaling.register_scalable_target(**RESOURCE, MinCapacity=1, MaxCapacity=12)
        metric = lambda name: {"Namespace": "Shop", "MetricName": name}
        stat = lambda name, kind: {"Metric": metric(name), "Stat": kind}
        metrics = [
            {"Id": "visible", "MetricStat": stat("Visible", "Sum"), "ReturnData": False},
            {"Id": "tasks", "MetricStat": stat("Tasks", "Average"), "ReturnData": False},
            {"Id": "backlog", "Expression": "visible / tasks", "Label": "Backlog per task", "ReturnData": True},
        ]
        config = {"TargetValue": 10.0, "CustomizedMetricSpecification": {"Metrics": metrics}}
        policy = scaling.put_scaling_policy(
            **RESOURCE, PolicyName="backlog", PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=config)
        shown = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]
        self.assertEqual(shown["TargetTrackingScalingPolicyConfiguration"], config)
        name = policy["Alarms"][0]["AlarmName"]
        alarm = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        self.assertEqual([own["Id"] for own in alarm["Metrics"]], ["visible", "tasks", "backlog"])
        self.assertEqual(alarm["Metrics"][0]["MetricStat"]["Period"], 60)
        for _ in range(3):
            data = [{"MetricName": "Visible", "Value": 80.0}, {"MetricName": "Tasks", "Value": 2.0}]
            cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
            self.wait(60)
        service = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
        self.assertEqual(service["desiredCount"], 8)
        queries = [{**own, **({"MetricStat": {**own["MetricStat"], "Period": 60}} if "MetricStat" in own else {})} for own in metrics]
        asked = {"StartTime": "2026-01-05T09:00:00Z", "EndTime": "2026-01-05T09:30:00Z"}
        found = cloudwatch.get_metric_data(MetricDataQueries=queries, **asked)["MetricDataResults"]
        self.assertEqual([(own["Id"], own["Label"], own["Values"]) for own in found], [("backlog", "Backlog per task", [40.0] * 3)])
        queries[2]["Expression"] = "visible / nobody"
        with self.assertRaises(ClientError) as refused:
            cloudwatch.get_metric_data(MetricDataQueries=queries, **asked)
        error = refused.exception.response["Error"]
        self.assertEqual(error["Code"], "ValidationError")
        self.assertIn("Error in expression 'backlog'", error["Message"])

    def test_recorded_answers_hold_on_the_wire(self):
        _, scaling, _ = self.service()
        scaling.register_scalable_target(**RESOURCE, MinCapacity=1, MaxCapacity=2)
        tags = "The scalable target that you tried to tag already exists. To update tags on an existing scalable target, " \
               "use the TagResource API."
        role = "1 validation error detected: Value '' at 'roleARN' failed to satisfy constraint: Member must have " \
               "length greater than or equal to 1"
        for extra, message in (({"Tags": {"a": "b"}}, tags), ({"RoleARN": ""}, role)):
            body = {**RESOURCE, **extra}
            status, answer, _ = self.endpoint.post("AnyScaleFrontendService.RegisterScalableTarget", body)
            self.assertEqual((status, answer), (400, {"__type": "ValidationException", "Message": message}))
