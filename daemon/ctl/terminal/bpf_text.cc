// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/bpf_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace famfs::ctl {

namespace {

constexpr std::array<std::string_view, FAMFS_OPERATIONS> operations = {
    "fault 4 KiB read",
    "fault 4 KiB write",
    "fault 2 MiB read",
    "fault 2 MiB write",
    "read",
    "write",
    "FIEMAP",
    "other",
};
/// The members of struct famfs_counter_table: what `bpftool map dump` shows too.
constexpr std::array<const char *, FAMFS_OPERATIONS> keys = {
    "fault_pte_read", "fault_pte_write", "fault_pmd_read", "fault_pmd_write",
    "read",           "write",           "report",         "other",
};
constexpr std::array<std::string_view, FAMFS_STATUSES> statuses = {
    "ok",
    "not published (ENOENT)",
    "past the end (ENODATA)",
    "bad record (EIO)",
};

std::uint64_t total(const famfs_counters &counters) {
    return counters.ok + counters.not_published + counters.past_end + counters.bad_record;
}

std::string row(std::string_view name, const famfs_counters &counters, std::uint64_t largest) {
    constexpr std::uint64_t width = 24;
    const std::uint64_t count = total(counters);
    const auto bar = static_cast<std::size_t>(std::max<std::uint64_t>(1, count * width / largest));
    std::array<char, 160> text{};
    (void)std::snprintf(text.data(), text.size(), "  %-18.*s %14llu %14llu %12llu %12llu  ",
                        static_cast<int>(name.size()), name.data(),
                        static_cast<unsigned long long>(counters.ok),
                        static_cast<unsigned long long>(counters.not_published),
                        static_cast<unsigned long long>(counters.past_end),
                        static_cast<unsigned long long>(counters.bad_record));
    return text.data() + std::string(bar, '#') + "\n";
}

} // namespace

std::string_view operation_name(std::uint32_t operation) {
    return operation < operations.size() ? operations[operation] : "unknown";
}

std::string_view status_name(std::uint32_t status) {
    return status < statuses.size() ? statuses[status] : "unknown";
}

std::string counters_text(const loader::Statistics &statistics) {
    std::uint64_t largest = 0;
    for (const famfs_counters &counters : statistics)
        largest = std::max(largest, total(counters));
    if (largest == 0)
        return "  no request yet\n";
    std::string text = "  request                        ok  not published     past end   bad record\n";
    for (std::size_t i = 0; i < statistics.size(); i++)
        if (total(statistics[i]) != 0)
            text += row(operations[i], statistics[i], largest);
    return text;
}

nlohmann::ordered_json counters_json(const loader::Statistics &statistics) {
    auto json = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < statistics.size(); i++)
        json[keys[i]] = {{"ok", statistics[i].ok},
                         {"not_published", statistics[i].not_published},
                         {"past_end", statistics[i].past_end},
                         {"bad_record", statistics[i].bad_record}};
    return json;
}

std::string last_error_text(const famfs_last_error &error) {
    if (error.count == 0)
        return "";
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto seconds =
        static_cast<long long>(now.tv_sec) - static_cast<long long>(error.time / 1'000'000'000);
    return "  last error: " + std::string(status_name(error.status)) + ", " +
           std::string(operation_name(error.operation)) + ", nodeid " + std::to_string(error.nodeid) +
           ", position " + std::to_string(error.position) + ", length " + std::to_string(error.length) +
           ", " + std::to_string(seconds) + " s ago; " + std::to_string(error.count) + " in all\n";
}

nlohmann::ordered_json last_error_json(const famfs_last_error &error) {
    if (error.count == 0)
        return nullptr;
    return {{"count", error.count},
            {"time", error.time},
            {"nodeid", error.nodeid},
            {"position", error.position},
            {"length", error.length},
            {"operation", operation_name(error.operation)},
            {"status", status_name(error.status)}};
}

} // namespace famfs::ctl
