//! What Cloud Map remembers.

use crate::aws::arn::{self, Account};
use crate::event::{ServiceKey, TaskKey};
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The whole room; everything in the order of creation.
#[derive(Clone, Default)]
pub struct ServiceDiscovery {
    pub(super) namespaces: Vec<Rc<Namespace>>,
    pub(super) services: Vec<Rc<Service>>,
    pub(super) operations: Vec<Rc<Operation>>,
}

/// A namespace.
#[derive(Clone, Debug)]
pub struct Namespace {
    /// The digits of its id.
    pub number: u64,
    /// Its name; also the name for DiscoverInstances.
    pub name: String,
    /// The id of its hosted zone and of its VPC; none of an HTTP namespace.
    pub zone: Option<(String, String)>,
    /// CreatorRequestId.
    pub token: String,
    /// Description, null without one.
    pub description: Value,
    /// When it was made.
    pub created: SimTime,
    /// Its tags.
    pub tags: Value,
}

/// A service of a namespace.
#[derive(Clone, Debug)]
pub struct Service {
    /// The digits of its id.
    pub number: u64,
    /// The number of its namespace.
    pub namespace: u64,
    /// Its name.
    pub name: String,
    /// CreatorRequestId.
    pub token: String,
    /// Description, DnsConfig and HealthCheckCustomConfig as GetService shows them.
    pub document: Value,
    /// When it was made.
    pub created: SimTime,
    /// Its tags.
    pub tags: Value,
    /// The ECS service whose Service Connect made it.
    pub owner: Option<ServiceKey>,
    /// Its instances by id.
    pub instances: Map<String, Instance>,
}

/// An instance of a service.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its attributes.
    pub attributes: Value,
    /// The custom health; none where the service has no custom health check.
    pub healthy: Option<bool>,
    /// CreatorRequestId, null without one.
    pub token: Value,
    /// The task that ECS registered.
    pub task: Option<TaskKey>,
}

/// An operation, which has succeeded.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub id: String,
    /// Its Type.
    pub kind: &'static str,
    /// Of Targets the name and the id.
    pub target: (&'static str, String),
    pub at: SimTime,
}

impl Namespace {
    /// `ns-` and 16 digits.
    pub fn id(&self) -> String {
        format!("ns-{:016x}", self.number)
    }
}

impl Service {
    /// `srv-` and 16 digits.
    pub fn id(&self) -> String {
        format!("srv-{:016x}", self.number)
    }

    /// Its ARN.
    pub fn arn(&self, account: &Account) -> String {
        arn_of(account, self.number)
    }

    /// Whether who registers an instance says how healthy it is.
    pub fn has_custom_health(&self) -> bool {
        self.document["HealthCheckCustomConfig"].is_object()
    }

    /// Whether it has DNS records of a type.
    pub fn has_record(&self, kind: &str) -> bool {
        self.document["DnsConfig"]["DnsRecords"].as_array().into_iter().flatten().any(|own| own["Type"] == kind)
    }
}

impl Instance {
    /// AWS's word for its health.
    pub fn health(&self) -> &'static str {
        match self.healthy {
            Some(true) => "HEALTHY",
            Some(false) => "UNHEALTHY",
            None => "UNKNOWN",
        }
    }
}

/// The ARN of the service of a number.
pub fn arn_of(account: &Account, number: u64) -> String {
    let namespace = account.namespace(number);
    namespace.replacen(":namespace/ns-", ":service/srv-", 1)
}

impl ServiceDiscovery {
    /// The namespace of an id or ARN.
    pub fn namespace(&self, named: &str) -> Option<&Namespace> {
        let id = arn::short_name(named);
        self.namespaces.iter().map(Rc::as_ref).find(|own| own.id() == id)
    }

    /// The namespace of a name, or of an ARN: as ECS names it.
    pub fn namespace_called(&self, name_or_arn: &str) -> Option<&Namespace> {
        match name_or_arn.starts_with("arn:") {
            true => self.namespace(name_or_arn),
            false => self.namespaces.iter().map(Rc::as_ref).find(|own| own.name == name_or_arn),
        }
    }

    /// The services of a namespace.
    pub fn services_in(&self, namespace: u64) -> impl Iterator<Item = &Service> {
        self.services.iter().map(Rc::as_ref).filter(move |own| own.namespace == namespace)
    }

    /// The service of an id or ARN.
    pub fn service(&self, named: &str) -> Option<&Service> {
        let id = arn::short_name(named);
        self.services.iter().map(Rc::as_ref).find(|own| own.id() == id)
    }

    /// One service, to change.
    pub(super) fn change(&mut self, number: u64) -> Option<&mut Service> {
        self.services.iter_mut().find(|own| own.number == number).map(Rc::make_mut)
    }
}
