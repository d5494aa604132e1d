//! The hosts of private registries, in each form that Amazon ECR documents.
//!
//! Source: the ECR user guide, "Making requests to Amazon ECR registries", and AWS's own list of ECR endpoints, read
//! 2026-11-22.

use crate::aws::Account;
use alloc::format;
use alloc::string::String;

/// What stands between account and Region, each with the domains behind the Region: of China's Regions, and of the others.
const FORMS: [(&str, [&str; 2]); 4] = [
    ("dkr.ecr.", ["amazonaws.com.cn", "amazonaws.com"]),
    ("dkr.ecr-fips.", ["amazonaws.com.cn", "amazonaws.com"]),
    ("dkr-ecr.", ["on.amazonwebservices.com.cn", "on.aws"]),
    ("dkr-ecr-fips.", ["on.amazonwebservices.com.cn", "on.aws"]),
];

/// The host of an account's registry, as ECR itself names it.
pub fn of(account: &Account) -> String {
    let end = if account.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("{}.dkr.ecr.{}.{end}", account.id, account.region)
}

/// What the host of a registry names: the account, as it stands there, and the Region. None for another host. The endpoints
/// of FIPS are in the United States alone.
pub fn read(host: &str) -> Option<(&str, &str)> {
    let (account, rest) = host.split_once('.')?;
    FORMS.iter().find_map(|(form, [china, others])| {
        let (region, end) = rest.strip_prefix(form)?.split_once('.')?;
        let domain = if region.starts_with("cn-") { china } else { others };
        let served = !form.ends_with("-fips.") || region.starts_with("us-");
        (!account.is_empty() && !region.is_empty() && end == *domain && served).then_some((account, region))
    })
}

/// Whether a registry's account has its twelve digits.
pub fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ECR 3.1: account and Region by host.
    #[test]
    fn ecr_3_1_the_hosts_of_registries() {
        let (here, china) = (Some(("123456789012", "us-east-1")), Some(("123456789012", "cn-north-1")));
        for (host, expected) in [
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com", here),
            ("123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", here),
            ("123456789012.dkr-ecr.us-east-1.on.aws", here),
            ("123456789012.dkr-ecr-fips.us-east-1.on.aws", here),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", china),
            ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", china),
            ("1234.dkr-ecr.eu-west-1.on.aws", Some(("1234", "eu-west-1"))),
            ("123456789012.dkr.ecr-fips.eu-west-1.amazonaws.com", None),
            ("123456789012.dkr-ecr.us-east-1.amazonaws.com", None),
            ("123456789012.dkr.ecr.us-east-1.on.aws", None),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com.cn", None),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com.example", None),
            ("123456789012.dkr.ecr..amazonaws.com", None),
            (".dkr.ecr.us-east-1.amazonaws.com", None),
            ("ecr.us-east-1.api.aws", None),
            ("nginx", None),
        ] {
            assert_eq!(read(host), expected, "{host}");
        }
        let account = Account { region: "cn-north-1".into(), ..Account::default() };
        for account in [Account::default(), account] {
            assert_eq!(read(&of(&account)), Some((account.id.as_str(), account.region.as_str())));
        }
    }
}
