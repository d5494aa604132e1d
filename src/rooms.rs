//! All state machines of the account side by side.

use crate::applicationautoscaling::ApplicationAutoScaling;
use crate::autoscaling::AutoScaling;
use crate::cloudwatch::CloudWatch;
use crate::codedeploy::CodeDeploy;
use crate::ec2::Ec2;
use crate::ecr::Ecr;
use crate::ecs::Ecs;
use crate::elb::Elb;
use crate::events::Events;
use crate::iam::Iam;
use crate::logs::Logs;
use crate::s3::S3;
use crate::secretsmanager::SecretsManager;
use crate::servicediscovery::ServiceDiscovery;

/// Each reads all the others and writes only itself: while one works it stands outside, and this holds its empty place.
#[derive(Clone, Default)]
pub struct Rooms {
    /// Application Auto Scaling.
    pub applicationautoscaling: ApplicationAutoScaling,
    /// Amazon EC2 Auto Scaling.
    pub autoscaling: AutoScaling,
    /// Amazon CloudWatch.
    pub cloudwatch: CloudWatch,
    /// AWS CodeDeploy.
    pub codedeploy: CodeDeploy,
    /// Amazon EC2.
    pub ec2: Ec2,
    /// Amazon ECR.
    pub ecr: Ecr,
    /// Amazon ECS.
    pub ecs: Ecs,
    /// Amazon CloudWatch Logs.
    pub logs: Logs,
    /// Elastic Load Balancing.
    pub elb: Elb,
    /// Amazon EventBridge.
    pub events: Events,
    /// AWS IAM and STS.
    pub iam: Iam,
    /// Amazon S3.
    pub s3: S3,
    /// AWS Secrets Manager, and Systems Manager's parameters.
    pub secretsmanager: SecretsManager,
    /// AWS Cloud Map.
    pub servicediscovery: ServiceDiscovery,
}

impl Rooms {
    /// Lets one room work while it sees the others.
    pub fn lend<R: Default, T>(&mut self, pick: fn(&mut Self) -> &mut R, work: impl FnOnce(&mut R, &Self) -> T) -> T {
        let mut room = core::mem::take(pick(self));
        let done = work(&mut room, self);
        *pick(self) = room;
        done
    }
}
