#!/bin/bash
# What user data becomes: settings, the agent by its digest, what it runs on, start. Runs once, as root, on a stock Debian 13.
# The ERR trap ends a failed step, once: -e and -E would act inside functions too. It misses `a` in `a && b`, so no step is such a list.
set -uo pipefail; trap 'fail $LINENO' ERR
get() { curl -sSf --retry 20 --retry-all-errors "$@"; }
imds() { get -m 5 --retry-delay 1 "$@"; }
# Keys travel in a file that root alone reads, never in an argument. IAM may refuse a new role's first calls for some seconds.
aws() { imds -H "$token" "$meta/iam/security-credentials/$role" | python3 -c 'import json, sys
print("user=\"{AccessKeyId}:{SecretAccessKey}\"\nheader=\"x-amz-security-token: {Token}\"".format(**json.load(sys.stdin)))' > keys &&
  get -m 300 --retry-delay 3 -K keys --aws-sigv4 "aws:amz:$region:$1" "${@:2}"; }
call() { aws "$1" "https://$1.$region.$domain/" "${@:2}"; }
ssm() { call ssm -H "X-Amz-Target: AmazonSSM.$1" -H 'Content-Type: application/x-amz-json-1.1' --data-binary "$2"; }
# To the disk: /run is in memory, of which a small machine has little.
bring() { step=$1-download; aws s3 "https://$bucket.s3.$region.$domain/$2" -o "$disk/$1" && step=$1-digest && sha256sum --check --quiet <<< "$3  $disk/$1"; }
signal() { call cloudformation --retry 3 --data-urlencode "StackName=$stack" \
  -d "Action=SignalResource&Version=2010-05-15&LogicalResourceId=$group&Status=FAILURE&UniqueId=$1"; }
# Without a role no call can be signed: only the log will tell.
fail() { [ "${role-}" ] || exit 1
  python3 -c 'import json, sys; name, *words = sys.argv[1:]
print(json.dumps(dict(Name=name, Type="SecureString", Overwrite=True,
  Value=json.dumps(dict(zip(["instance", "at", "step", "error", "log"], words), release="", serves="nothing")))))' "/paddock/$deployment/last-words" "$id" "$(date -u +%FT%TZ)" "$step" \
    "boot.sh: step $step must succeed, got a failure on line $1; mend what the log says" \
    "$(tail -c 4000 /var/log/cloud-init-output.log | gzip | base64 -w0)" |
    ssm PutParameter @-
# An alarm on it stops the deploy that launches such machines, as when an agent refuses.
  d=-dMetricData.member.1 n=Dimensions.member
  [ ! "$refused" ] || call monitoring --retry 3 -d{Action=PutMetricData,Version=2010-08-01,Namespace=Paddock} \
    $d.{MetricName=RefusedReleases,Value=1,StorageResolution=1,$n.{1.Name=Deployment,1.Value=$deployment,2.Name=Release,2.Value=$refused}}
  signal "$id:$step" || signal "$id"; exit 1; }
disk=/var/cache/paddock; install -d /etc/paddock /opt/paddock $disk; install -d -m 700 /run/paddock; cd /run/paddock || exit; trap 'rm -f keys' EXIT
cat > /etc/paddock/settings.json <<'SETTINGS'
{{ settings }}
SETTINGS
told=$(python3 -c 'import json; s = json.load(open("/etc/paddock/settings.json"))
print("{region} {deployment} {stack[id]} {stack[group]} {packages} {agent[bucket]} {agent[key]} {agent[digest]}".format(**s),
  s["release"]["digest"][:12] if "release" in s else s["machine"] if "servers" in s else "")')
read -r region deployment stack group packages bucket key digest refused <<< "$told"; meta=http://169.254.169.254/latest/meta-data
token="X-aws-ec2-metadata-token: $(imds -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "${meta%/*}/api/token")"
id=$(imds -H "$token" $meta/instance-id); domain=$(imds -H "$token" $meta/services/domain)
role=$(imds -H "$token" $meta/iam/security-credentials/)
bring agent "$key" "$digest"
tar -xf $disk/agent -C /opt/paddock
. /opt/paddock/install-packages.sh
step=agent-start; rm -r $disk
node /opt/paddock/agent.mjs install
