#!/bin/bash
# What user data becomes: settings, packages, the agent by its digest, start. Runs once, as root, on a stock Debian 13.
set -Eeuo pipefail
umask 022 && install -d /etc/paddock /opt/paddock && install -d -m 700 /run/paddock && cd /run/paddock
cat > /etc/paddock/settings.json <<'SETTINGS'
{{ settings }}
SETTINGS
setting() { python3 -c 'import functools, json, sys
value = functools.reduce(lambda v, k: v[k], sys.argv[1].split("."), json.load(open("/etc/paddock/settings.json")))
print(*value if isinstance(value, list) else [value])' "$1"; }
imds() { curl -sSf -m 5 --retry 20 --retry-all-errors --retry-delay 1 "$@"; }
# The keys reach curl by a file that root alone reads, never by an argument that every process could.
login() { (umask 077; imds -H "$token" "$meta/iam/security-credentials/$role" | python3 -c 'import json, sys
keys = json.load(sys.stdin)
print("user = \"%(AccessKeyId)s:%(SecretAccessKey)s\"\nheader = \"x-amz-security-token: %(Token)s\"" % keys)' > keys); }
# A new role's first calls may be refused for some seconds, until IAM has told every region's servers of it.
aws() { login && curl -sSf -m 300 --retry 20 --retry-delay 3 --retry-all-errors -K keys --aws-sigv4 "aws:amz:$region:$1" "${@:2}"; }
signal() { aws cloudformation "https://cloudformation.$region.$domain/" --retry 3 -o /dev/null --data-urlencode "StackName=$(setting stack.id)" \
  -d "Action=SignalResource&Version=2010-05-15&LogicalResourceId=$(setting stack.group)&Status=FAILURE&UniqueId=$1"; }
fail() {
  trap - ERR; set +e
  tail -n 40 /var/log/cloud-init-output.log | python3 -c 'import base64, datetime, gzip, json, sys
name, instance, step, error = sys.argv[1:]
words = dict(instance=instance, at=datetime.datetime.now(datetime.UTC).isoformat(), release="", step=step, error=error, serves="nothing",
  log=base64.b64encode(gzip.compress(sys.stdin.buffer.read()[-4000:])).decode())
print(json.dumps(dict(Name=name, Value=json.dumps(words), Type="SecureString", Overwrite=True)))' "$(setting lastWordsParameter)" "$id" "$step" "boot.sh: $1" |
    aws ssm "https://ssm.$region.$domain/" -o /dev/null -H 'X-Amz-Target: AmazonSSM.PutParameter' -H 'Content-Type: application/x-amz-json-1.1' --data-binary @-
  signal "$id:$step" || signal "$id"; exit 1
}
meta=http://169.254.169.254/latest/meta-data
token="X-aws-ec2-metadata-token: $(imds -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "${meta%/*}/api/token")"
id=$(imds -H "$token" $meta/instance-id) region=$(setting region) domain=$(imds -H "$token" $meta/services/domain)
role=$(imds -H "$token" $meta/iam/security-credentials/) step=packages
trap 'fail "step $step must succeed, got a failure on line $LINENO; correct what the log says and deploy again"' ERR
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 "$@"; }
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d  # a package must not start its daemon with Debian's default site
apt update && apt install -y --no-install-recommends $(setting packages) && rm /usr/sbin/policy-rc.d
step=agent-download && aws s3 "https://$(setting agent.bucket).s3.$region.$domain/$(setting agent.key)" -o agent.cjs
step=agent-digest && echo "$(setting agent.digest)  agent.cjs" | sha256sum --check --quiet
mv agent.cjs /opt/paddock/agent.cjs && rm keys && step=agent-start && exec node /opt/paddock/agent.cjs install
