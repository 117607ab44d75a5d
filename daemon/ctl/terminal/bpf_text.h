// SPDX-License-Identifier: GPL-2.0-only
// Counters, errors and answers of the BPF programs in words.
#pragma once

#include "bpf/abi.h"
#include "loader/session.h"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace famfs::ctl {

std::string_view operation_name(std::uint32_t operation);
/// Also says which errno it ends in.
std::string_view status_name(std::uint32_t status);

/// A table of the operations that happened, with a bar for each one's share.
std::string counters_text(const loader::Statistics &statistics);
nlohmann::ordered_json counters_json(const loader::Statistics &statistics);

/// "" if there was none.
std::string last_error_text(const famfs_last_error &error);
nlohmann::ordered_json last_error_json(const famfs_last_error &error);

} // namespace famfs::ctl
