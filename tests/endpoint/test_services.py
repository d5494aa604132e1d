"""The unmodified SDK creates a service, updates it, breaks it, sees it roll back, and deletes it."""

from botocore.exceptions import ClientError, WaiterError

from support import Case

FAST = {"Delay": 1, "MaxAttempts": 40}


class Services(Case):
    def define(self, ecs, image="nginx"):
        container = {"name": "app", "image": image, "memory": 128}
        made = ecs.register_task_definition(family="web", containerDefinitions=[container])
        return made["taskDefinition"]["taskDefinitionArn"]

    def one(self, ecs):
        return ecs.describe_services(cluster="prod", services=["web"])["services"][0]

    def test_boto3_walks_the_life_of_a_service(self):
        ecs = self.fleet("prod")
        stable = ecs.get_waiter("services_stable")
        first = self.define(ecs)
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        made = ecs.create_service(
            cluster="prod", serviceName="web", taskDefinition="web", desiredCount=3, deploymentConfiguration=breaker)
        self.assertEqual(made["service"]["status"], "ACTIVE")
        stable.wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        self.assertEqual(ecs.list_services(cluster="prod")["serviceArns"], [made["service"]["serviceArn"]])
        ecs.update_service(cluster="prod", service="web", desiredCount=4)
        stable.wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        self.assertEqual(self.one(ecs)["runningCount"], 4)
        second = self.define(ecs)
        ecs.update_service(cluster="prod", service="web", taskDefinition="web")
        stable.wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        self.assertEqual(self.one(ecs)["taskDefinition"], second)
        self.assertNotEqual(first, second)
        self.define(ecs, image="no-such-image-anywhere")
        ecs.update_service(cluster="prod", service="web", taskDefinition="web")
        stable.wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        service = self.one(ecs)
        self.assertEqual((service["taskDefinition"], service["runningCount"]), (second, 4))
        texts = [event["message"] for event in service["events"]]
        self.assertTrue(any("rolling back to deployment ecs-svc/" in text for text in texts), texts)
        last = ecs.list_service_deployments(cluster="prod", service="web")["serviceDeployments"][0]
        self.assertEqual(last["status"], "ROLLBACK_SUCCESSFUL")
        told = ecs.describe_service_deployments(serviceDeploymentArns=[last["serviceDeploymentArn"]])
        self.assertEqual(told["serviceDeployments"][0]["deploymentCircuitBreaker"]["status"], "TRIGGERED")
        with self.assertRaises(ClientError) as refused:
            ecs.delete_service(cluster="prod", service="web")
        self.assertEqual(refused.exception.response["Error"]["Code"], "InvalidParameterException")
        ecs.delete_service(cluster="prod", service="web", force=True)
        ecs.get_waiter("services_inactive").wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        self.assertEqual(ecs.list_services(cluster="prod")["serviceArns"], [])

    def test_a_waiter_fails_for_a_service_that_is_not_there(self):
        ecs = self.fleet("prod")
        with self.assertRaises(WaiterError):
            ecs.get_waiter("services_stable").wait(cluster="prod", services=["absent"], WaiterConfig=FAST)

    def test_boto3_puts_a_service_behind_a_load_balancer(self):
        ecs, elb = self.fleet("prod"), self.endpoint.client("elbv2")
        container = {"name": "app", "image": "nginx", "memory": 128, "portMappings": [{"containerPort": 80}]}
        ecs.register_task_definition(family="web", containerDefinitions=[container])
        group = elb.create_target_group(
            Name="web", Protocol="HTTP", Port=80, VpcId="vpc-0ec51ab0000000001", TargetType="instance")["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        behind = [{"targetGroupArn": arn, "containerName": "app", "containerPort": 80}]
        asked = {"cluster": "prod", "serviceName": "web", "taskDefinition": "web", "desiredCount": 2, "loadBalancers": behind}
        with self.assertRaises(ClientError) as refused:
            ecs.create_service(**asked)
        self.assertEqual(
            refused.exception.response["Error"]["Message"],
            f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
        subnets = ["subnet-0ec51ab00000000a0", "subnet-0ec51ab00000000a1"]
        balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
        elb.create_listener(
            LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}])
        service = ecs.create_service(**asked)["service"]
        self.assertEqual(service["loadBalancers"], behind)
        ecs.get_waiter("services_stable").wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        elb.get_waiter("target_in_service").wait(TargetGroupArn=arn, WaiterConfig=FAST)
        health = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        self.assertEqual([own["TargetHealth"]["State"] for own in health], ["healthy"] * 2)
        self.assertTrue(all(own["Target"]["Port"] >= 32768 for own in health))
        ecs.delete_service(cluster="prod", service="web", force=True)
        ecs.get_waiter("services_inactive").wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        targets = [own["Target"] for own in health]
        elb.get_waiter("target_deregistered").wait(TargetGroupArn=arn, Targets=targets, WaiterConfig=FAST)

    def test_boto3_discovers_the_tasks_of_a_service(self):
        ecs, names = self.fleet("prod"), self.endpoint.client("servicediscovery")
        mapping = {"containerPort": 80, "name": "http"}
        container = {"name": "app", "image": "nginx", "memory": 128, "portMappings": [mapping]}
        ecs.register_task_definition(family="web", networkMode="awsvpc", containerDefinitions=[container])
        asked = names.create_private_dns_namespace(Name="corp.internal", Vpc="vpc-0ec51ab0000000001")
        done = names.get_operation(OperationId=asked["OperationId"])["Operation"]
        self.assertEqual(done["Status"], "SUCCESS")
        space = done["Targets"]["NAMESPACE"]
        registry = names.create_service(
            Name="web", NamespaceId=space, DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 10}]},
            HealthCheckCustomConfig={})["Service"]
        connect = {"enabled": True, "namespace": "corp.internal", "services": [{"portName": "http", "clientAliases": [{"port": 80}]}]}
        made = ecs.create_service(
            cluster="prod", serviceName="web", taskDefinition="web", desiredCount=2,
            networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-0ec51ab00000000a0"]}},
            serviceRegistries=[{"registryArn": registry["Arn"]}], serviceConnectConfiguration=connect)["service"]
        endpoint = made["deployments"][0]["serviceConnectResources"][0]
        self.assertEqual(endpoint["discoveryName"], "http")
        ecs.get_waiter("services_stable").wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        found = names.discover_instances(NamespaceName="corp.internal", ServiceName="web")["Instances"]
        self.assertEqual([own["HealthStatus"] for own in found], ["HEALTHY"] * 2)
        tasks = ecs.describe_tasks(cluster="prod", tasks=ecs.list_tasks(cluster="prod")["taskArns"])["tasks"]
        ids = {task["taskArn"].rsplit("/", 1)[1] for task in tasks}
        self.assertEqual({own["InstanceId"] for own in found}, ids)
        self.assertEqual({task["attachments"][0]["type"] for task in tasks}, {"ServiceConnect"})
        listed = names.list_instances(ServiceId=endpoint["discoveryArn"])["Instances"]
        self.assertEqual({own["Id"] for own in listed}, ids)
        for refused, call, words in (
            ("ResourceInUse", names.delete_service, {"Id": registry["Id"]}),
            ("ResourceInUse", names.delete_namespace, {"Id": space}),
            ("ServiceNotFound", names.get_service, {"Id": "srv-absent"}),
        ):
            with self.assertRaises(ClientError) as error:
                call(**words)
            self.assertEqual(error.exception.response["Error"]["Code"], refused)
        ecs.delete_service(cluster="prod", service="web", force=True)
        ecs.get_waiter("services_inactive").wait(cluster="prod", services=["web"], WaiterConfig=FAST)
        names.delete_service(Id=registry["Id"])
        names.delete_namespace(Id=space)
        self.assertEqual(names.list_namespaces()["Namespaces"], [])
