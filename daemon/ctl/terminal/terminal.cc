// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/terminal.h"

#include <charconv>
#include <clocale>
#include <cstdlib>
#include <langinfo.h>
#include <optional>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

namespace famfs::ctl {

namespace {

std::optional<std::size_t> columns_of_terminal() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return {};
    return size.ws_col;
}

std::optional<std::size_t> columns_of_environment() {
    const char *text = std::getenv("COLUMNS");
    if (text == nullptr)
        return {};
    const std::string_view digits = text;
    std::size_t columns = 0;
    const auto [end, code] = std::from_chars(digits.begin(), digits.end(), columns);
    if (code != std::errc() || end != digits.end() || columns == 0)
        return {};
    return columns;
}

/// By the locale that the environment names; the program itself stays in the C locale.
bool locale_is_utf8() {
    const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
    if (locale == nullptr)
        return false;
    const bool utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
    ::freelocale(locale);
    return utf8;
}

} // namespace

TerminalStyle output_style() {
    TerminalStyle style;
    const char *no_color = std::getenv("NO_COLOR");
    style.color = ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
    style.utf8 = locale_is_utf8();
    style.width = columns_of_terminal().or_else(columns_of_environment).value_or(style.width);
    return style;
}

} // namespace famfs::ctl
