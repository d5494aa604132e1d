"""The unmodified SDK drives a cluster that grows and shrinks by managed scaling of its capacity provider."""

import base64

from botocore.exceptions import ClientError

from support import Case


class Groups(Case):
    def test_boto3_walks_a_scaling_story(self):
        ecs, ec2, groups = (self.endpoint.client(name) for name in ("ecs", "ec2", "autoscaling"))
        ecs.create_cluster(clusterName="prod")
        script = "#!/bin/bash\necho ECS_CLUSTER=prod >> /etc/ecs/ecs.config\n"
        template = ec2.create_launch_template(
            LaunchTemplateName="prod-nodes",
            LaunchTemplateData={
                "InstanceType": "t3.medium",
                "IamInstanceProfile": {"Name": "ecsInstanceRole"},
                "UserData": base64.b64encode(script.encode()).decode(),
            },
        )["LaunchTemplate"]
        groups.create_auto_scaling_group(
            AutoScalingGroupName="nodes", MinSize=0, MaxSize=5,
            LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "$Latest"},
            AvailabilityZones=["us-east-1a", "us-east-1b"], NewInstancesProtectedFromScaleIn=True,
            Tags=[{"Key": "team", "Value": "web", "PropagateAtLaunch": True}],
        )
        arn = self.group(groups)["AutoScalingGroupARN"]
        ecs.create_capacity_provider(
            name="nodes-cp",
            autoScalingGroupProvider={
                "autoScalingGroupArn": arn,
                "managedScaling": {"status": "ENABLED", "targetCapacity": 100},
                "managedTerminationProtection": "ENABLED",
            },
        )
        ecs.put_cluster_capacity_providers(
            cluster="prod", capacityProviders=["nodes-cp"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "nodes-cp", "weight": 1}],
        )
        self.assertEqual({tag["Key"] for tag in self.group(groups)["Tags"]}, {"team", "AmazonECSManaged"})
        ecs.register_task_definition(family="web", containerDefinitions=[{"name": "app", "image": "nginx", "memory": 512}])
        made = ecs.run_task(cluster="prod", taskDefinition="web", count=10)
        self.assertEqual({task["lastStatus"] for task in made["tasks"]}, {"PROVISIONING"})
        tasks = [task["taskArn"] for task in made["tasks"]]
        found = ecs.describe_tasks(cluster="prod", tasks=tasks)["tasks"]
        self.assertEqual({(task["lastStatus"], task["capacityProviderName"]) for task in found}, {("RUNNING", "nodes-cp")})
        own = self.group(groups)
        self.assertEqual((own["DesiredCapacity"], [one["LifecycleState"] for one in own["Instances"]]), (2, ["InService"] * 2))
        causes = [one["Cause"] for one in groups.describe_scaling_activities(AutoScalingGroupName="nodes")["Activities"]]
        self.assertTrue(all("changing the desired capacity from 0 to 2" in cause for cause in causes), causes)
        for task in tasks:
            ecs.stop_task(cluster="prod", task=task)
        self.endpoint.lab("advance", {"seconds": 3600})
        own = self.group(groups)
        self.assertEqual((own["DesiredCapacity"], own["Instances"]), (0, []))
        groups.delete_auto_scaling_group(AutoScalingGroupName="nodes")
        self.assertEqual(groups.describe_auto_scaling_groups()["AutoScalingGroups"], [])

    def test_devices_and_addresses_of_a_launch_cross_the_wire(self):
        ec2, groups = (self.endpoint.client(name) for name in ("ec2", "autoscaling"))
        device = {"DeviceName": "/dev/xvdcz", "Ebs": {"VolumeSize": 22, "VolumeType": "gp2", "Encrypted": True}}
        groups.create_launch_configuration(
            LaunchConfigurationName="nodes", ImageId="ami-0ec51ab0000000001", InstanceType="t3.medium",
            BlockDeviceMappings=[device], InstanceMonitoring={"Enabled": False}, AssociatePublicIpAddress=False,
        )
        own = groups.describe_launch_configurations()["LaunchConfigurations"][0]
        kept = (own["BlockDeviceMappings"], own["InstanceMonitoring"], own["AssociatePublicIpAddress"], own["EbsOptimized"])
        self.assertEqual(kept, ([device], {"Enabled": False}, False, False))
        made = ec2.run_instances(
            ImageId="ami-0ec51ab0000000001", InstanceType="t3.micro", MinCount=1, MaxCount=1,
            BlockDeviceMappings=[device], Monitoring={"Enabled": True}, MetadataOptions={"HttpTokens": "optional"},
            NetworkInterfaces=[{
                "DeviceIndex": 0, "AssociatePublicIpAddress": True, "SubnetId": "subnet-0ec51ab00000000b0",
                "Groups": ["sg-0ec51ab0000000002"],
            }],
        )["Instances"][0]
        self.endpoint.lab("advance", {"seconds": 60})
        own = ec2.describe_instances(InstanceIds=[made["InstanceId"]])["Reservations"][0]["Instances"][0]
        self.assertEqual([one["DeviceName"] for one in own["BlockDeviceMappings"]], ["/dev/xvda", "/dev/xvdcz"])
        self.assertEqual((own["Monitoring"]["State"], own["MetadataOptions"]["HttpTokens"]), ("enabled", "optional"))
        self.assertEqual((own["SubnetId"], own["SecurityGroups"][0]["GroupId"], "PublicIpAddress" in own),
                         ("subnet-0ec51ab00000000b0", "sg-0ec51ab0000000002", True))

    def test_launch_templates_cross_the_wire(self):
        ec2 = self.endpoint.client("ec2")
        tags = [{"Key": "team", "Value": "web"}]
        ec2.create_launch_template(
            LaunchTemplateName="nodes", VersionDescription="first", LaunchTemplateData={"InstanceType": "t3.micro"},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": tags}],
        )
        ec2.create_launch_template_version(
            LaunchTemplateName="nodes", VersionDescription="second", LaunchTemplateData={"InstanceType": "t3.small"},
        )
        ec2.modify_launch_template(LaunchTemplateName="nodes", DefaultVersion="2")
        found = ec2.describe_launch_templates(Filters=[{"Name": "tag:team", "Values": ["web"]}])["LaunchTemplates"]
        self.assertEqual([(own["DefaultVersionNumber"], own["Tags"]) for own in found], [(2, tags)])
        own = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "nodes"}, MinCount=1, MaxCount=1)["Instances"][0]
        self.assertEqual((own["InstanceType"], own["PublicDnsName"], "PublicIpAddress" in own), ("t3.small", "", False))
        gone = ec2.delete_launch_template_versions(LaunchTemplateName="nodes", Versions=["1", "2"])
        kept = gone["UnsuccessfullyDeletedLaunchTemplateVersions"]
        self.assertEqual([(own["VersionNumber"], own["ResponseError"]["Code"]) for own in kept], [(2, "unexpectedError")])
        left = ec2.describe_launch_template_versions(LaunchTemplateName="nodes")["LaunchTemplateVersions"]
        self.assertEqual([own["VersionDescription"] for own in left], ["second"])
        for call in (ec2.terminate_instances, ec2.stop_instances, ec2.start_instances):
            with self.assertRaises(ClientError) as refused:
                call(InstanceIds=[])
            error = refused.exception.response["Error"]
            self.assertEqual((error["Code"], error["Message"]),
                             ("MissingParameter", "The request must contain the parameter InstanceId"))

    def test_refusals_carry_the_codes_of_auto_scaling(self):
        groups = self.endpoint.client("autoscaling")
        for call, code, message in [
            (lambda: groups.set_desired_capacity(AutoScalingGroupName="absent", DesiredCapacity=1), "ValidationError",
             "AutoScalingGroup name not found - AutoScalingGroup: absent not found"),
            (lambda: groups.create_auto_scaling_group(AutoScalingGroupName="g", MinSize=2, MaxSize=1), "ValidationError",
             "Max bound, 1, must be greater than or equal to min bound, 2"),
        ]:
            with self.assertRaises(ClientError) as refused:
                call()
            error = refused.exception.response["Error"]
            self.assertEqual((error["Code"], error["Message"]), (code, message))

    def group(self, groups):
        return groups.describe_auto_scaling_groups(AutoScalingGroupNames=["nodes"])["AutoScalingGroups"][0]
