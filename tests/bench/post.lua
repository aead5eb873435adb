-- SPDX-License-Identifier: Apache-2.0
-- For wrk: posts one event again and again (wrk ... URL -- FILE), each time
-- with an EventId and a drive of its own (all else would be a duplicate or a
-- repeat, and be counted only), and prints
-- one line of numbers that tests/bench/run reads: requests a second, then in
-- milliseconds the 50th and 99th percentile of the latency, then how many
-- requests failed.

function init(args)
    local file = assert(io.open(args[1]))
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/json"
    local body = file:read("*a")
    file:close()
    -- Cut once; a request only joins the pieces.
    pieces = {}
    number = math.floor(os.time() % 100000) * 10000000
    local from = 1
    for at, till in body:gmatch('()"41907"()') do
        pieces[#pieces + 1] = body:sub(from, at)
        from = till - 1
    end
    pieces[#pieces + 1] = body:sub(from):gsub("Drives/3", "Drives/%%s")
end

function request()
    number = number + 1
    local id = tostring(number)
    local last = pieces[#pieces]:gsub("%%s", id)
    return wrk.format(nil, nil, nil,
        table.concat(pieces, id, 1, #pieces - 1) .. id .. last)
end

function done(summary, latency)
    local e = summary.errors
    io.write(string.format("figures %.0f %.3f %.3f %d\n",
        summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        e.connect + e.read + e.write + e.status + e.timeout))
end
