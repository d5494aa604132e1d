"""Amazon ECR as boto3 and the AWS CLI see it: a push by its calls, a pull, a dry run of a lifecycle policy."""

import base64
import hashlib
import json

from support import Case


def digest(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


class Registry(Case):
    def upload(self, ecr, content):
        """One layer in one part."""
        name = digest(content)
        found = ecr.batch_check_layer_availability(repositoryName="web", layerDigests=[name])["layers"][0]
        if found["layerAvailability"] == "UNAVAILABLE":
            upload = ecr.initiate_layer_upload(repositoryName="web")["uploadId"]
            ecr.upload_layer_part(repositoryName="web", uploadId=upload, partFirstByte=0, partLastByte=len(content) - 1,
                                  layerPartBlob=content)
            ecr.complete_layer_upload(repositoryName="web", uploadId=upload, layerDigests=[name])
        return {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "size": len(content), "digest": name}

    def push(self, ecr, words, tag):
        config = json.dumps({"os": "linux", "architecture": "amd64", "words": words}).encode()
        manifest = json.dumps({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {**self.upload(ecr, config), "mediaType": "application/vnd.oci.image.config.v1+json"},
            "layers": [self.upload(ecr, b"the same in all")],
        })
        image = ecr.put_image(repositoryName="web", imageManifest=manifest, imageTag=tag)["image"]
        self.assertEqual(image["imageId"]["imageDigest"], digest(manifest.encode()))
        return manifest

    def test_push_describe_pull_and_preview(self):
        ecr = self.endpoint.client("ecr")
        home = ecr.create_repository(repositoryName="web", tags=[{"Key": "owner", "Value": "me"}])["repository"]
        self.assertEqual(home["repositoryUri"], "123456789012.dkr.ecr.us-east-1.amazonaws.com/web")
        token = ecr.get_authorization_token()["authorizationData"][0]
        self.assertTrue(base64.b64decode(token["authorizationToken"]).startswith(b"AWS:"))
        manifests = [self.push(ecr, words, tag) for words, tag in [("a", "v1"), ("b", "v2"), ("c", "latest")]]
        self.push(ecr, "d", "latest")
        pages = ecr.get_paginator("describe_images").paginate(repositoryName="web", PaginationConfig={"PageSize": 3})
        images = [image for page in pages for image in page["imageDetails"]]
        self.assertEqual([image.get("imageTags") for image in images], [["v1"], ["v2"], None, ["latest"]])
        answer = ecr.batch_get_image(repositoryName="web", imageIds=[{"imageTag": "v1"}, {"imageTag": "v3"}])
        self.assertEqual(answer["images"][0]["imageManifest"], manifests[0])
        self.assertEqual(answer["failures"][0]["failureCode"], "ImageNotFound")
        for layer in json.loads(manifests[0])["layers"]:
            ecr.get_download_url_for_layer(repositoryName="web", layerDigest=layer["digest"])
        policy = json.dumps({"rules": [
            {"rulePriority": 1, "description": "keep one version", "action": {"type": "expire"},
             "selection": {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "imageCountMoreThan", "countNumber": 1}},
        ]})
        ecr.start_lifecycle_policy_preview(repositoryName="web", lifecyclePolicyText=policy)
        self.endpoint.lab("advance", {"seconds": 60})
        preview = ecr.get_lifecycle_policy_preview(repositoryName="web")
        self.assertEqual((preview["status"], preview["summary"]["expiringImageTotalCount"]), ("COMPLETE", 1))
        self.assertEqual(preview["previewResults"][0]["imageTags"], ["v1"])

    def test_refusals_carry_their_codes(self):
        ecr = self.endpoint.client("ecr")
        with self.assertRaises(ecr.exceptions.RepositoryNotFoundException) as caught:
            ecr.list_images(repositoryName="nosuch")
        self.assertIn("does not exist in the registry with id '123456789012'", str(caught.exception))
        status, answer, _ = self.endpoint.post("AmazonEC2ContainerRegistry_V20150921.PutLifecyclePolicy",
                                               {"repositoryName": "web", "lifecyclePolicyText": "{\"rules\": []}"})
        message = ("Invalid parameter at 'lifecyclePolicyText' failed to satisfy constraint: "
                   "'Member must have length greater than or equal to 100'")
        self.assertEqual((status, answer["__type"], answer["message"]), (400, "InvalidParameterException", message))

    def test_the_cli_logs_in_with_a_password(self):
        code, password, error = self.endpoint.aws("ecr", "get-login-password")
        self.assertEqual((code, error), (0, ""))
        self.assertGreater(len(password), 100)
