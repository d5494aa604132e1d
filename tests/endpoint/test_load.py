"""The unmodified SDK sees what a load does: metrics of the service and its cluster, and an alarm that goes off."""

from datetime import datetime, timedelta, timezone

from support import Case

SERVICE = [{"Name": "ClusterName", "Value": "prod"}, {"Name": "ServiceName", "Value": "web"}]


class Load(Case):
    def load(self, **asked):
        command = {"api": "lab.Load", "input": {"cluster": "prod", "service": "web", **asked}}
        status, answer = self.endpoint.lab("command", command)
        self.assertEqual(status, 200, answer)

    def now(self):
        text = self.endpoint.lab("advance", {"seconds": 0})[1]["now"]
        return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)

    def test_boto3_reads_the_cpu_of_a_loaded_service_and_its_alarm(self):
        ecs, cloudwatch = self.fleet("prod"), self.endpoint.client("cloudwatch")
        container = {"name": "app", "image": "nginx", "cpu": 1024, "memory": 512, "portMappings": [{"containerPort": 80}]}
        ecs.register_task_definition(family="web", containerDefinitions=[container])
        ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web", desiredCount=1)
        cloudwatch.put_metric_alarm(
            AlarmName="high", Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=SERVICE, Statistic="Average",
            Period=60, EvaluationPeriods=3, Threshold=60, ComparisonOperator="GreaterThanThreshold")

        def state():
            return cloudwatch.describe_alarms(AlarmNames=["high"])["MetricAlarms"][0]["StateValue"]

        def average():
            now = self.now()
            points = cloudwatch.get_metric_statistics(
                Namespace="AWS/ECS", MetricName="CPUUtilization", Dimensions=SERVICE, Period=60,
                StartTime=now - timedelta(minutes=5), EndTime=now, Statistics=["Average", "SampleCount"])["Datapoints"]
            newest = max(points, key=lambda point: point["Timestamp"])
            self.assertEqual(newest["SampleCount"], 1)
            return newest["Average"]

        self.load(requestsPerSecond=4, workMilliseconds=100, memory=128)
        self.endpoint.lab("advance", {"seconds": 600})
        self.assertAlmostEqual(average(), 40)
        self.assertEqual(state(), "OK")
        self.load(requestsPerSecond=9, workMilliseconds=100, memory=128)
        self.endpoint.lab("advance", {"seconds": 300})
        self.assertAlmostEqual(average(), 90)
        self.assertEqual(state(), "ALARM")
        now = self.now()
        query = {"Metric": {"Namespace": "AWS/ECS", "MetricName": "MemoryUtilization", "Dimensions": SERVICE},
                 "Period": 60, "Stat": "Maximum"}
        data = cloudwatch.get_metric_data(
            MetricDataQueries=[{"Id": "m", "MetricStat": query}], StartTime=now - timedelta(minutes=3), EndTime=now)
        self.assertEqual(data["MetricDataResults"][0]["Values"], [25.0] * 3)
        listed = cloudwatch.list_metrics(Namespace="AWS/ECS", Dimensions=[{"Name": "ClusterName", "Value": "prod"}])
        names = {metric["MetricName"] for metric in listed["Metrics"]}
        self.assertEqual(names, {"CPUReservation", "CPUUtilization", "MemoryReservation", "MemoryUtilization"})
        self.load(requestsPerSecond=0)
        self.endpoint.lab("advance", {"seconds": 300})
        self.assertEqual((average(), state()), (0, "OK"))

    def test_a_load_that_is_none_is_refused(self):
        self.fleet("prod")
        refused = {"api": "lab.Load", "input": {"cluster": "prod", "service": "web", "requestsPerSecond": 1}}
        status, answer = self.endpoint.lab("command", refused)
        self.assertEqual((status, answer["__type"].split("#")[-1]), (400, "ServiceNotFoundException"))
