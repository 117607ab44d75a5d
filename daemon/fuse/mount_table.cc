// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/fuse/mount_table.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace famfs::fuse {

namespace {

bool octal(char letter) {
    return letter >= '0' && letter <= '7';
}

/// Spaces, tabs, newlines and backslashes stand there as \ooo.
std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); i++) {
        if (text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1]) && octal(text[i + 2]) &&
            octal(text[i + 3])) {
            plain +=
                static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::vector<std::string> split(std::string_view line) {
    std::istringstream stream{std::string(line)};
    return {std::istream_iterator<std::string>(stream), {}};
}

/// "ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [tags...] - TYPE SOURCE OPTIONS"
std::optional<MountEntry> parse_line(std::string_view line) {
    const std::vector<std::string> words = split(line);
    const auto separator = std::find(words.begin(), words.end(), "-");
    if (separator - words.begin() < 6 || words.end() - separator < 3)
        return std::nullopt;
    MountEntry entry;
    const std::string &id = words[0];
    if (std::from_chars(id.data(), id.data() + id.size(), entry.id).ec != std::errc())
        return std::nullopt;
    entry.mountpoint = unescape(words[4]);
    entry.type = separator[1];
    entry.source = unescape(separator[2]);
    return entry;
}

} // namespace

std::vector<MountEntry> parse_mount_table(std::string_view text) {
    std::vector<MountEntry> entries;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (auto entry = parse_line(text.substr(0, end)))
            entries.push_back(*std::move(entry));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return entries;
}

std::vector<MountEntry> read_mount_table() {
    std::ifstream file("/proc/self/mountinfo");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return parse_mount_table(text);
}

std::string mounts_of(std::string_view source) {
    std::string list;
    for (const MountEntry &entry : read_mount_table())
        if (entry.type == "fuse.famfs" && entry.source == source)
            list += (list.empty() ? "" : ", ") + entry.mountpoint;
    return list;
}

} // namespace famfs::fuse
