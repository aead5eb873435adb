-- SPDX-License-Identifier: Apache-2.0
-- For wrk: posts one event again and again (wrk ... URL -- FILE), and prints
-- one line of numbers that tests/bench/run reads: requests a second, then in
-- milliseconds the 50th and 99th percentile of the latency, then how many
-- requests failed.

function init(args)
    local file = assert(io.open(args[1]))
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    wrk.body = file:read("*a")
    file:close()
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("figures %.0f %.3f %.3f %d\n",
        summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        e.connect + e.read + e.write + e.status + e.timeout))
end
