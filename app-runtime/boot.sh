#!/bin/bash
# What user data becomes: settings, packages, the agent by its digest, start. Runs once, as root, on a stock Debian 13.
# The ERR trap ends a failed step, once: -e and -E would act inside functions too. It misses `a` in `a && b`, so no step is such a list.
set -uo pipefail; trap 'fail $LINENO' ERR
imds() { curl -sSf -m 5 --retry 20 --retry-all-errors --retry-delay 1 "$@"; }
# Keys travel in a file that root alone reads, never in an argument. IAM may refuse a new role's first calls for some seconds.
aws() { imds -H "$token" "$meta/iam/security-credentials/$role" | python3 -c 'import json, sys
print("user=\"{AccessKeyId}:{SecretAccessKey}\"\nheader=\"x-amz-security-token: {Token}\"".format(**json.load(sys.stdin)))' > keys &&
  curl -sSf -m 300 --retry 20 --retry-delay 3 --retry-all-errors -K keys --aws-sigv4 "aws:amz:$region:$1" "${@:2}"; }
signal() { aws cloudformation "https://cloudformation.$region.$domain/" --retry 3 --data-urlencode "StackName=$stack" \
  -d "Action=SignalResource&Version=2010-05-15&LogicalResourceId=$group&Status=FAILURE&UniqueId=$1"; }
# Without a role no call can be signed: only the log will tell.
fail() { [ "${role-}" ] || exit 1
  python3 -c 'import json, sys; name, *words = sys.argv[1:]
value = dict(zip(["instance", "at", "step", "error", "log"], words), release="", serves="nothing")
print(json.dumps(dict(Name=name, Value=json.dumps(value), Type="SecureString", Overwrite=True)))' "$words" "$id" "$(date -u +%FT%TZ)" "$step" \
    "boot.sh: step $step must succeed, got a failure on line $1; correct what the log says and deploy again" \
    "$(tail -c 4000 /var/log/cloud-init-output.log | gzip | base64 -w0)" |
    aws ssm "https://ssm.$region.$domain/" -H 'X-Amz-Target: AmazonSSM.PutParameter' -H 'Content-Type: application/x-amz-json-1.1' --data-binary @-
  signal "$id:$step" || signal "$id"; exit 1; }
install -d /etc/paddock /opt/paddock; install -d -m 700 /run/paddock; cd /run/paddock || exit; trap 'rm -f keys' EXIT
cat > /etc/paddock/settings.json <<'SETTINGS'
{{ settings }}
SETTINGS
told=$(python3 -c 'import json; s = json.load(open("/etc/paddock/settings.json"))
print("{region} {stack[id]} {stack[group]} {lastWordsParameter} {agent[bucket]} {agent[key]} {agent[digest]}\n".format(**s), *s["packages"])')
{ read -r region stack group words bucket key digest; read -ra packages; } <<< "$told"; meta=http://169.254.169.254/latest/meta-data
token="X-aws-ec2-metadata-token: $(imds -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600' "${meta%/*}/api/token")"
id=$(imds -H "$token" $meta/instance-id); domain=$(imds -H "$token" $meta/services/domain)
role=$(imds -H "$token" $meta/iam/security-credentials/); step=packages
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 -o APT::Update::Error-Mode=any "$@"; }
# A package must not start its daemon with Debian's default site.
install -m 755 /dev/stdin /usr/sbin/policy-rc.d <<< $'#!/bin/sh\nexit 101'
apt update
apt install -y --no-install-recommends "${packages[@]}"
rm /usr/sbin/policy-rc.d
step=agent-download; aws s3 "https://$bucket.s3.$region.$domain/$key" -o agent.cjs
step=agent-digest; sha256sum --check --quiet <<< "$digest  agent.cjs"
mv agent.cjs /opt/paddock; step=agent-start
node /opt/paddock/agent.cjs install
