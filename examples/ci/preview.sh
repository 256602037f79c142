#!/usr/bin/env bash
# Run a preview with the policy pack on a pull request. Fails on a mandatory violation.
#   preview.sh emulator   preview and run the program on a local ECI API, without an account
#   preview.sh cloud      preview the stack PULUMI_STACK with a refresh, without changes
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

pack=${POLICY_PACK:-policies}
config=${POLICY_CONFIG:-$pack/presets/production.json}
with_pack=(--policy-pack "$pack" --policy-pack-config "$config")

emulator() {
    work=$(mktemp -d)
    pulumi-eci emulator --port 0 --build-seconds 1 >"$work/address" &
    trap 'kill "$!"; rm -rf "$work"' EXIT
    until [ -s "$work/address" ]; do
        kill -0 "$!" || exit 1
        sleep 0.1
    done
    ECI_ENDPOINT=$(head -n 1 "$work/address")
    export ECI_ENDPOINT ALIBABA_CLOUD_ACCESS_KEY_ID=testid ALIBABA_CLOUD_ACCESS_KEY_SECRET=testsecret
    export PULUMI_BACKEND_URL="file://$work" PULUMI_CONFIG_PASSPHRASE=none

    pulumi stack init emulator --non-interactive
    pulumi preview "${with_pack[@]}" --non-interactive
    pulumi up --yes --skip-preview --non-interactive
    pulumi preview "${with_pack[@]}" --expect-no-changes --non-interactive
    pulumi destroy --yes --skip-preview --non-interactive
}

cloud() {
    pulumi stack select "$PULUMI_STACK" --non-interactive
    pulumi preview "${with_pack[@]}" --refresh --diff --non-interactive
}

case ${1:-} in
emulator | cloud)
    python3 "$pack/check_config.py" "$config"
    "$1"
    ;;
*) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
