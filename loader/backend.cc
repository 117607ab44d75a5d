// SPDX-License-Identifier: GPL-2.0-only
#include "loader/session.h"

namespace famfs::loader {

std::string_view to_string(Backend backend) {
    switch (backend) {
    case Backend::arena:
        return "arena";
    case Backend::rhash:
        return "rhash";
    case Backend::hash:
        return "hash";
    }
    return "unknown";
}

base::Expected<Backend> parse_backend(std::string_view text) {
    for (const Backend backend : {Backend::arena, Backend::rhash, Backend::hash}) {
        if (text == to_string(backend))
            return backend;
    }
    return base::fail(EINVAL, "use", "map backend '" + std::string(text) + "'",
                      "there are arena, rhash and hash");
}

} // namespace famfs::loader
