"""Certificates of ACM in a stack: issued at once, because nobody asks a name server of the lab for the proof.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-certificatemanager-certificate.html
"""

from typing import Any

from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends

from .declaration import Declaration, Play
from .state import ACCOUNT


def backend(declaration: Declaration) -> AWSCertificateManagerBackend:
    return acm_backends[ACCOUNT][declaration.region]


def create(declaration: Declaration) -> CertBundle:
    properties = declaration.properties
    arn = backend(declaration).request_certificate(
        properties["DomainName"], None, properties.get("SubjectAlternativeNames", []), properties.get("Tags", []))
    certificate = backend(declaration).get_certificate(arn)
    certificate.status, certificate.physical_resource_id = "ISSUED", arn
    return certificate


def update(declaration: Declaration, certificate: CertBundle, _: dict[str, Any]) -> CertBundle:
    certificate.tags.clear()
    certificate.tags.add(declaration.properties.get("Tags", []))
    return certificate


PLAYS = {
    "AWS::CertificateManager::Certificate": Play(
        create=create, update=update, delete=lambda d, certificate: backend(d).delete_certificate(certificate.arn),
        replaces=("DomainName", "SubjectAlternativeNames", "ValidationMethod", "CertificateAuthorityArn", "KeyAlgorithm")),
}
