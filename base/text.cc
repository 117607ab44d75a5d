// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"

#include <array>
#include <cstdio>

namespace famfs::base {

namespace {

/// Length of the well-formed UTF-8 sequence at the start of @text, 0 if there is none (RFC 3629, table 3-7 of
/// Unicode).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length)
        return 0;
    for (std::size_t at = 1; at < length; at++)
        if ((byte(at) & 0xC0) != 0x80)
            return 0;
    const unsigned char second = byte(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F))
        return 0;
    return length;
}

/// C0 and C1 controls, DEL, and our own escape character.
bool needs_escape(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1)
        return first < 0x20 || first == 0x7F || first == '\\';
    return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

void append_escaped(std::string &text, std::string_view bytes) {
    static constexpr std::string_view digits = "0123456789abcdef";
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        text += "\\x";
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
}

} // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0)
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string escape(std::string_view name) {
    std::string text;
    while (!name.empty()) {
        const std::size_t length = utf8_length(name);
        const std::string_view character = name.substr(0, length == 0 ? 1 : length);
        if (length == 0 || needs_escape(character))
            append_escaped(text, character);
        else
            text += character;
        name.remove_prefix(character.size());
    }
    return text;
}

std::string quote(std::string_view name) {
    return '"' + escape(name) + '"';
}

std::string hex(std::uint64_t value) {
    std::array<char, 19> text{};
    (void)std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(value));
    return text.data();
}

std::string human_size(std::uint64_t bytes) {
    static constexpr std::array<const char *, 7> units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    std::size_t unit = 0;
    double value = static_cast<double>(bytes);
    for (; value >= 1024 && unit + 1 < units.size(); unit++)
        value /= 1024;
    std::array<char, 32> text{};
    const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
    (void)std::snprintf(text.data(), text.size(), whole ? "%.0f %s" : "%.1f %s", value, units[unit]);
    return text.data();
}

std::string count_of(std::uint64_t count, const char *one, const char *many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

} // namespace famfs::base
