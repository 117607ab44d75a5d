// SPDX-License-Identifier: GPL-2.0-only
#include "base/whole_file.h"

#include "base/fd.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace famfs::base {

Expected<std::string> read_whole_file(const std::string &path, std::size_t most) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return fail_errno("open", path);
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0)
            return fail_errno("read", path);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most)
            return fail(EFBIG, "read", path, "it has more than " + std::to_string(most) + " bytes");
    }
}

} // namespace famfs::base
