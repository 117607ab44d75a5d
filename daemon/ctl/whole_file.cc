// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/whole_file.h"

#include "loader/base/fd.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace famfs::ctl {

base::Expected<std::string> read_whole_file(const std::string &path, std::size_t most) {
    const base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return base::fail_errno("open", path);
    std::string text;
    std::array<char, 65536> buffer{};
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0)
            return base::fail_errno("read", path);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most)
            return base::fail(EFBIG, "read", path, "it has more than " + std::to_string(most) + " bytes");
    }
}

} // namespace famfs::ctl
