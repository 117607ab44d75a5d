// SPDX-License-Identifier: GPL-2.0-only
#include "base/size_text.h"

#include <cctype>
#include <charconv>
#include <string>

namespace famfs::base {

namespace {

/// The power of two that @unit means.
std::optional<unsigned> shift_of(std::string_view unit) {
    std::string lower;
    for (const char character : unit)
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    if (lower.empty() || lower == "b")
        return 0;
    static constexpr std::string_view prefixes = "kmgtpe";
    const std::size_t at = prefixes.find(lower[0]);
    const std::string_view rest = std::string_view(lower).substr(1);
    if (at == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "i" && rest != "ib"))
        return {};
    return static_cast<unsigned>(10 * (at + 1));
}

} // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t value = 0;
    const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc())
        return {};
    std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
    unit.remove_prefix(unit.starts_with(' ') ? 1 : 0);
    const auto shift = shift_of(unit);
    if (!shift || value > UINT64_MAX >> *shift)
        return {};
    return value << *shift;
}

} // namespace famfs::base
