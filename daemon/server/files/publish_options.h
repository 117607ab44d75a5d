// SPDX-License-Identifier: GPL-2.0-only
// When what is made on a mount gets into the log.
#pragma once

#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace famfs::server {

struct PublishOptions {
    enum class When : std::uint8_t {
        close,  ///< a directory at once; a file when its last writer closes it or ftruncate(2) sizes it
        after,  ///< `quiet` after the last change of what nobody has open for writing
        manual, ///< when somebody asks: famfsctl publish, fsync(2) of a directory, the end of the mount
    };
    When when = When::close;
    std::chrono::milliseconds quiet{0};
    bool discard = false; ///< the end of the mount publishes nothing
};

/// "close", "manual", "after=2s" (ms, s, m, h). EINVAL.
base::Expected<PublishOptions> parse_publish(std::string_view text);
/// What parse_publish() takes.
std::string to_string(const PublishOptions &options);

} // namespace famfs::server
