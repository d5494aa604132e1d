//! Amazon S3: buckets, and small objects of text.

use crate::Source;

pub const S3: Source = Source {
    service: "s3",
    first: &[],
    later: &[
        "CopyObject",
        "CreateBucket",
        "DeleteBucket",
        "DeleteObject",
        "GetObject",
        "ListBuckets",
        "ListObjectsV2",
        "PutObject",
    ],
    cut: &[
        ("CopyObjectRequest", &["Bucket", "CopySource", "Key"]),
        ("CopyObjectOutput", &["CopyObjectResult"]),
        ("CopyObjectResult", &["LastModified"]),
        ("CreateBucketRequest", &["Bucket", "CreateBucketConfiguration"]),
        ("CreateBucketConfiguration", &["LocationConstraint"]),
        ("BucketLocationConstraint", &[]),
        ("CreateBucketOutput", &["Location"]),
        ("DeleteBucketRequest", &["Bucket"]),
        ("DeleteObjectRequest", &["Bucket", "Key"]),
        ("DeleteObjectOutput", &[]),
        ("GetObjectRequest", &["Bucket", "Key"]),
        ("GetObjectOutput", &["Body", "ContentLength", "LastModified"]),
        ("ListBucketsRequest", &["ContinuationToken", "MaxBuckets", "Prefix"]),
        ("ListBucketsOutput", &["Buckets", "ContinuationToken", "Prefix"]),
        ("Bucket", &["BucketRegion", "CreationDate", "Name"]),
        ("ListObjectsV2Request", &["Bucket", "ContinuationToken", "Delimiter", "MaxKeys", "Prefix"]),
        (
            "ListObjectsV2Output",
            &["CommonPrefixes", "Contents", "IsTruncated", "KeyCount", "Name", "NextContinuationToken", "Prefix"],
        ),
        ("Object", &["Key", "LastModified", "Size"]),
        ("PutObjectRequest", &["Body", "Bucket", "Key"]),
        ("PutObjectOutput", &[]),
    ],
};
