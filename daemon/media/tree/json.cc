// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/tree/json.h"

namespace famfs::media {

nlohmann::ordered_json to_json(const Problem &problem) {
    nlohmann::ordered_json json = {
        {"code", problem.code},
        {"severity", problem.severity == Severity::error ? "error" : "warning"},
        {"entry", nullptr},
        {"offset", problem.offset},
        {"field", problem.field},
        {"found", problem.found},
        {"expected", problem.expected},
        {"message", problem.message},
    };
    if (problem.entry != Problem::no_entry)
        json["entry"] = problem.entry;
    return json;
}

nlohmann::ordered_json to_json(const Problems &problems) {
    auto json = nlohmann::ordered_json::array();
    for (const Problem &problem : problems)
        json.push_back(to_json(problem));
    return json;
}

nlohmann::ordered_json to_json(const Usage &usage) {
    return {
        {"capacity", usage.capacity},          {"used", usage.used},
        {"free", usage.capacity - usage.used}, {"largest_free_run", usage.largest_free_run},
        {"file_bytes", usage.file_bytes},      {"log_slots", usage.log_slots},
        {"log_used", usage.log_used},          {"files", usage.files},
        {"directories", usage.directories},
    };
}

std::string to_text(const nlohmann::ordered_json &json) {
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

} // namespace famfs::media
