//! What the lab takes over from each service's model, one service a file.

mod application_autoscaling;
mod autoscaling;
mod cloudwatch;
mod codedeploy;
mod ec2;
mod ecr;
mod ecr_public;
mod ecs;
mod elbv2;
mod events;
mod iam;
mod logs;
mod route53;
mod s3;
mod secretsmanager;
mod servicediscovery;
mod ssm;
mod sts;

use crate::Source;

/// The services, as the command line calls them.
pub const SOURCES: &[Source] = &[
    application_autoscaling::APPLICATION_AUTOSCALING,
    autoscaling::AUTOSCALING,
    cloudwatch::CLOUDWATCH,
    codedeploy::CODEDEPLOY,
    ec2::EC2,
    ecr::ECR,
    ecr_public::ECR_PUBLIC,
    ecs::ECS,
    elbv2::ELBV2,
    events::EVENTS,
    iam::IAM,
    logs::LOGS,
    route53::ROUTE53,
    s3::S3,
    secretsmanager::SECRETSMANAGER,
    servicediscovery::SERVICEDISCOVERY,
    ssm::SSM,
    sts::STS,
];
