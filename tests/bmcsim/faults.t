#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Answers of bmcsim's BMCs that do not come, come in part, or lead astray.

. "${0%/*}/lib.sh"

for name in right wrong; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 \
        -subj "/CN=$name" -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$dir/$name.key" -out "$dir/$name.crt" 2>/dev/null
done
jq -n --arg dir "$dir" '{bmcs: [{name: "plain"}, {name: "safe", tls: true,
    certificate: "\($dir)/right.crt", key: "\($dir)/right.key"}]}' >"$dir/config"
mkdir "$dir/registries"
echo '{"RegistryPrefix": "Play", "RegistryVersion": "1.2.3", "Language": "en", "Messages": {}}' \
    >"$dir/registries/Play.1.2.3.json"
play --config "$dir/config" --registries "$dir/registries"
plain=$(url plain)
behave() { tell bmcs/plain/behave "$1"; }
code() { # code CURL-OPTION...: how curl ended
    curl -s --noproxy '*' -o "$dir/answer" "$@"
    echo $?
}

# ---- no ---------------------------------------------------------------------------
behave '{"refuse": 503, "retry_after_s": 7}'
ok "503 with Retry-After" is "$(http -D- -o /dev/null "$plain/redfish/v1" | tr -d '\r' |
    sed -n 's/^Retry-After: //p')" 7
behave '{"refuse": 401, "retry_after_s": 0, "refuse_n": 2, "refuse_path": "/redfish/v1/S"}'
ok "401 for a while, of some" is "$(status "$plain/redfish/v1") $(status "$plain/redfish/v1/Systems") \
$(status "$plain/redfish/v1/Systems") $(status "$plain/redfish/v1/Systems")" '200 401 401 200'
ok "which is counted" is "$(counter plain unauthorized)" 2

# ---- nothing, or not all -----------------------------------------------------------
held() { is "$(control bmcs/plain | jq .load.now)" "$1"; }
behave '{"answer": "never", "answer_path": "/redfish/v1/Systems"}'
http "$plain/redfish/v1/Systems" >"$dir/late" &
late=$!
pids+=($late)
ok "an answer does not come" eventually held 1
ok "others do" is "$(status "$plain/redfish/v1")" 200
behave '{"answer": "whole"}'
ok "until it may" wait $late
ok "and then is whole" is "$(jq -r .Name "$dir/late")" Systems
behave '{"answer": "never"}'
http "$plain/redfish/v1/Systems" >"$dir/late" &
late=$!
pids+=($late)
eventually held 1
kill $late
ok "who does not wait is let go" eventually held 0
behave '{"answer": "headers"}'
http -D "$dir/head" "$plain/redfish/v1/Systems" >"$dir/late" &
late=$!
pids+=($late)
ok "the head comes alone" eventually grep -q Content-Length "$dir/head"
ok "without a body" test ! -s "$dir/late"
kill $late
ok "and nobody keeps it" eventually held 0
behave '{"answer": "part"}'
ok "half an answer, and the end" is "$(code "$plain/redfish/v1/Systems")" 18
ok "which is a half" test -s "$dir/answer"
behave '{"answer": "garbage"}'
ok "what is no JSON" is "$(status "$plain/redfish/v1/Systems") $(http "$plain/redfish/v1/Systems" | jq . 2>&1 | grep -c error)" '200 1'
behave '{"answer": "whole"}'

# ---- connections ---------------------------------------------------------------------
behave '{"greeting": "hold"}'
http "$plain/redfish/v1" >"$dir/late" &
late=$!
pids+=($late)
behave '{"greeting": "garbage"}'
ok "nonsense in place of HTTP" is "$(case $(code "$plain/redfish/v1") in 1 | 8 | 52 | 56) echo no ;; esac)" no
behave '{"greeting": "serve"}'
ended() { wait $late; [ $? -ne 0 ]; }
ok "who was left without a word is ended" ended
ok "and served again" is "$(status "$plain/redfish/v1")" 200
safe=$(url safe)
right() { code --cacert "$dir/right.crt" "$safe/redfish/v1"; }
ok "a certificate is right" is "$(right)" 0
tell bmcs/safe/set "{\"certificate\": \"$dir/wrong.crt\", \"key\": \"$dir/wrong.key\"}"
ok "then another" is "$(right)" 60
tell bmcs/safe/set "{\"certificate\": \"$dir/right.crt\", \"key\": \"$dir/right.key\"}"
ok "and right again" is "$(right)" 0
tell bmcs/safe/behave '{"greeting": "garbage"}'
ok "TLS with nonsense" is "$(case $(right) in 35 | 56) echo no ;; esac)" no
tell bmcs/safe/behave '{"greeting": "serve"}'

# ---- astray ----------------------------------------------------------------------------
else=http://other.example.net
behave "{\"redirect\": \"$else\", \"answer_path\": \"/redfish/v1/Managers\"}"
ok "a redirection to elsewhere" is "$(http -w '%{http_code} %{redirect_url}' "$plain/redfish/v1/Managers")" \
    "307 $else/redfish/v1/Managers"
behave '{"redirect": "", "answer_path": ""}'
foreign() # foreign KIND PATH FILTER: only URIs of the kind are elsewhere
{
    behave "{\"foreign\": \"$else\", \"foreign_kinds\": \"$1\"}"
    ok "$1 elsewhere" is "$(get plain "$2" "$3" | cut -c-${#else})" "$else"
    behave '{"foreign": ""}'
    ok "$1 at home" is "$(get plain "$2" "$3" | cut -c1)" /
}
tell bmcs/plain/emit '{"event": {"MessageId": "A.1.0.B"}, "count": 60}'
foreign odata '' '.EventService["@odata.id"]'
foreign next Managers/1/LogServices/Log/Entries '.["Members@odata.nextLink"]'
foreign registry Registries/Play.1.2.3 '.Location[0].Uri'
foreign sse EventService .ServerSentEventUri
foreign action EventService '.Actions[].target'
behave "{\"foreign\": \"$else\", \"foreign_kinds\": \"location\"}"
ok "Location elsewhere" is "$(http -D- -o /dev/null "$plain/redfish/v1/EventService/Subscriptions" \
    -d '{"Destination": "http://127.0.0.1:9/"}' | tr -d '\r' | sed -n 's/^Location: //p')" \
    "$else/redfish/v1/EventService/Subscriptions/1"
behave '{"foreign": ""}'

# ---- late ------------------------------------------------------------------------------
http -N "$plain$(get plain EventService .ServerSentEventUri)" >"$dir/stream" &
pids+=($!)
streams() { is "$(control bmcs/plain | jq .sse_clients)" 1; }
ok "a stream is open" eventually streams
behave '{"delay_ms": 700}'
tell bmcs/plain/emit '{"event": {"MessageId": "A.1.0.Late"}}'
tell bmcs/plain/stop '{}'
ok "what is on its way arrives" eventually grep -q Late "$dir/stream"

done_testing
