//! S3: buckets and objects, and the environment files that tasks read there (7.1, CD-22).

use super::support::*;
use ecs_lab::aws::ApiError;
use ecs_lab::lab::{ApiCall, Command, Lab, Start};
use serde_json::{Value, json};

fn attempt(lab: &mut Lab, operation: &str, input: Value) -> Result<Value, ApiError> {
    lab.apply(Command::Api(ApiCall::new("s3", operation, input))).map(|outcome| outcome.reply)
}

fn made(lab: &mut Lab, operation: &str, input: Value) -> Value {
    attempt(lab, operation, input).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn put(lab: &mut Lab, key: &str, body: &str) {
    made(lab, "PutObject", json!({ "Bucket": "files", "Key": key, "Body": body }));
}

#[test]
fn objects_are_put_listed_copied_and_deleted() {
    let mut lab = lab();
    made(&mut lab, "CreateBucket", json!({ "Bucket": "files" }));
    for key in ["a.txt", "b/one", "b/two", "c"] {
        put(&mut lab, key, key);
    }
    put(&mut lab, "a.txt", "again");
    made(&mut lab, "CopyObject", json!({ "Bucket": "files", "Key": "d/e/f", "CopySource": "/files/a.txt" }));
    let got = made(&mut lab, "GetObject", json!({ "Bucket": "files", "Key": "d/e/f" }));
    assert_eq!((&got["Body"], &got["ContentLength"]), (&json!("again"), &json!(5)));
    for (input, keys, folders) in [
        (json!({}), vec!["a.txt", "b/one", "b/two", "c", "d/e/f"], vec![]),
        (json!({ "Delimiter": "/" }), vec!["a.txt", "c"], vec!["b/", "d/"]),
        (json!({ "Delimiter": "/", "Prefix": "d/" }), vec![], vec!["d/e/"]),
        (json!({ "Prefix": "b/" }), vec!["b/one", "b/two"], vec![]),
    ] {
        let mut own = input.clone();
        (own["Bucket"], own["MaxKeys"]) = (json!("files"), json!(2));
        let (mut found, mut prefixes) = (Vec::new(), Vec::new());
        loop {
            let page = made(&mut lab, "ListObjectsV2", own.clone());
            assert!(page["KeyCount"].as_u64().unwrap() <= 2);
            let texts = |list: &str, member: &str| -> Vec<String> {
                let rows = page[list].as_array().into_iter().flatten();
                rows.map(|row| row[member].as_str().unwrap().to_string()).collect()
            };
            found.extend(texts("Contents", "Key"));
            prefixes.extend(texts("CommonPrefixes", "Prefix"));
            if page["IsTruncated"] == false {
                break;
            }
            own["ContinuationToken"] = page["NextContinuationToken"].clone();
        }
        assert_eq!(
            (found, prefixes),
            (keys.into_iter().map(String::from).collect(), folders.into_iter().map(String::from).collect()),
            "{input}"
        );
    }
    for (operation, input, code) in [
        ("CreateBucket", json!({ "Bucket": "Files" }), "InvalidBucketName"),
        (
            "CreateBucket",
            json!({ "Bucket": "new", "CreateBucketConfiguration": { "LocationConstraint": "us-east-1" } }),
            "InvalidLocationConstraint",
        ),
        (
            "CreateBucket",
            json!({ "Bucket": "new", "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" } }),
            "IllegalLocationConstraintException",
        ),
        ("CreateBucket", json!({ "Bucket": "new", "ACL": "public-read" }), "UnsupportedFeatureException"),
        ("DeleteBucket", json!({ "Bucket": "files" }), "BucketNotEmpty"),
        ("DeleteBucket", json!({ "Bucket": "none" }), "NoSuchBucket"),
        ("PutObject", json!({ "Bucket": "none", "Key": "k" }), "NoSuchBucket"),
        ("PutObject", json!({ "Bucket": "files", "Key": "k".repeat(1025) }), "KeyTooLongError"),
        ("PutObject", json!({ "Bucket": "files", "Key": "k", "Body": "b".repeat(1024 * 1024 + 1) }), "EntityTooLarge"),
        ("GetObject", json!({ "Bucket": "files", "Key": "none" }), "NoSuchKey"),
        ("CopyObject", json!({ "Bucket": "files", "Key": "k", "CopySource": "files/none" }), "NoSuchKey"),
        ("ListObjectsV2", json!({ "Bucket": "files", "ContinuationToken": "x" }), "InvalidArgument"),
        ("PutBucketPolicy", json!({ "Bucket": "files" }), "UnsupportedFeatureException"),
    ] {
        assert_eq!(attempt(&mut lab, operation, input).unwrap_err().code, code, "{operation}");
    }
    for key in ["a.txt", "b/one", "b/two", "c", "d/e/f", "none"] {
        made(&mut lab, "DeleteObject", json!({ "Bucket": "files", "Key": key }));
    }
    made(&mut lab, "DeleteBucket", json!({ "Bucket": "files" }));
    assert_eq!(made(&mut lab, "ListBuckets", json!({}))["Buckets"], json!([]));
}

/// In us-east-1 a bucket of one's own can be made again; elsewhere it cannot, and its place is named.
#[test]
fn a_bucket_of_ones_own_is_told_from_region_to_region() {
    for (region, again) in [("us-east-1", None), ("eu-west-1", Some("BucketAlreadyOwnedByYou"))] {
        let mut lab = Lab::new(Start { region: region.into(), ..Start::default() });
        let mut input = json!({ "Bucket": "files" });
        if region != "us-east-1" {
            let refused = attempt(&mut lab, "CreateBucket", input.clone()).unwrap_err();
            assert_eq!(refused.code, "IllegalLocationConstraintException");
            input["CreateBucketConfiguration"] = json!({ "LocationConstraint": region });
        }
        made(&mut lab, "CreateBucket", input.clone());
        assert_eq!(
            attempt(&mut lab, "CreateBucket", input).err().map(|error| error.code.into_owned()).as_deref(),
            again
        );
        assert_eq!(made(&mut lab, "ListBuckets", json!({}))["Buckets"][0]["BucketRegion"], region);
    }
}

/// 7.1: a task starts only with environment files that are there, on Fargate and on an instance; undone, a file is gone.
#[test]
fn an_environment_file_has_to_be_there() {
    let mut lab = lab();
    task_role(&mut lab, "execution");
    launch(&mut lab, "m5.large", ZONE_A, 1, "");
    wait(&mut lab, "2m");
    made(&mut lab, "CreateBucket", json!({ "Bucket": "files" }));
    let arn = "arn:aws:s3:::files/web/app.env";
    let outcome = |lab: &mut Lab, launch: &str| {
        let definition = json!({
            "family": "e", "networkMode": if launch == "FARGATE" { "awsvpc" } else { "bridge" }, "cpu": "256",
            "memory": "512", "executionRoleArn": "execution",
            "containerDefinitions": [{ "name": "app", "image": "nginx", "environmentFiles": [{ "type": "s3", "value": arn }] }],
        });
        ecs(lab, "RegisterTaskDefinition", definition);
        let network = json!({ "awsvpcConfiguration": { "subnets": ["subnet-12345678"] } });
        let more = match launch {
            "FARGATE" => json!({ "launchType": launch, "networkConfiguration": network }),
            _ => json!({}),
        };
        let task = run(lab, "e", 1, more)["tasks"][0].clone();
        wait(lab, "1m");
        let now = describe(lab, &task);
        now["stoppedReason"].as_str().or(now["lastStatus"].as_str()).unwrap().to_string()
    };
    let missing = [
        (
            "FARGATE",
            "ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation \
             error S3: HeadObject, https response error StatusCode: 404, api error NotFound: Not Found",
        ),
        (
            "EC2",
            "unable to download envfile with ARN arn:aws:s3:::files/web/app.env from s3: unable to download env file with key \
             web/app.env from bucket files: NoSuchKey: The specified key does not exist. status code: 404",
        ),
    ];
    for (launch, expected) in missing {
        assert_eq!(outcome(&mut lab, launch), expected);
    }
    put(&mut lab, "web/app.env", "LEVEL=debug\n");
    let with = lab.digest();
    assert!(lab.undo() && lab.redo());
    assert_eq!(lab.digest(), with, "redo makes the same object");
    let mut fork = lab.fork();
    assert!(fork.undo());
    assert_eq!(outcome(&mut fork, "FARGATE"), missing[0].1, "an object that was undone is not there");
    for launch in ["FARGATE", "EC2"] {
        assert_eq!(outcome(&mut lab, launch), "RUNNING");
    }
    let again = Lab::load(&lab.save()).unwrap();
    assert_eq!(again.lab.digest(), lab.digest());
}
