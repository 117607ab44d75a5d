// SPDX-License-Identifier: GPL-2.0-only
#include "base/uuid.h"

#include "base/text.h"

#include <uuid/uuid.h>

namespace famfs::base {

std::string to_string(const Uuid &uuid) {
    std::array<char, UUID_STR_LEN> text{};
    uuid_unparse_lower(uuid.data(), text.data());
    return text.data();
}

Expected<Uuid> parse_uuid(std::string_view text) {
    static constexpr std::array<std::size_t, 4> dashes = {8, 13, 18, 23};
    std::string dashed(text);
    if (dashed.size() == 32)
        for (const std::size_t dash : dashes)
            dashed.insert(dash, 1, '-');
    Uuid uuid{};
    if (uuid_parse(dashed.c_str(), uuid.data()) != 0 || dashed.size() != 36)
        return fail(EINVAL, "read UUID", quote(text), "it has 32 hexadecimal digits, with or without dashes");
    return uuid;
}

Uuid random_uuid() {
    Uuid uuid{};
    uuid_generate_random(uuid.data());
    return uuid;
}

} // namespace famfs::base
