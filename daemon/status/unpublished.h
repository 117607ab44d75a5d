// SPDX-License-Identifier: GPL-2.0-only
// What was made on a mount and is in no log yet: .meta/.unpublished, a JSON list whose keys are those of the
// members.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace famfs::status {

struct UnpublishedFile {
    std::string path; ///< relative to the root
    bool directory = false;
    std::uint32_t mode = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;  ///< this and what follows: of a file
    std::uint64_t space = 0; ///< bytes allocated
    bool open_for_writing = false;
};

nlohmann::ordered_json to_json(const std::vector<UnpublishedFile> &files);
/// As parse_status().
base::Expected<std::vector<UnpublishedFile>> parse_unpublished(std::string_view text);

} // namespace famfs::status
