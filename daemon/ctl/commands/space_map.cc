// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/commands/space_map.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace famfs::ctl {

namespace {

constexpr std::size_t most_lines = 20;
constexpr std::size_t legend_lines = 4;                                   ///< on the narrowest terminal
constexpr std::size_t most_devices = (most_lines - legend_lines - 1) / 2; ///< the others take a line
constexpr std::size_t most_rows = 8;
constexpr std::size_t label_width = 12;
constexpr std::size_t cells_step = 8; ///< so that rows begin at round addresses
constexpr std::uint64_t smallest_cell = 4096;
constexpr std::size_t smallest_width = 32;

/// A symbol and its color, an ECMA-48 parameter.
struct Symbol {
    std::string_view text;
    std::string_view color;
};

constexpr std::string_view gray = "90";
constexpr std::string_view green = "32";
constexpr Symbol superblock_symbol{"S", "36"};
constexpr Symbol log_symbol{"L", "34"};
constexpr Symbol problem_symbol{"!", "1;31"};

/// Symbols of free, partly used and wholly used places.
struct Shades {
    std::string_view free;
    std::span<const std::string_view> part; ///< of equal steps
    std::string_view used;
    std::string_view legend; ///< of part
};

constexpr std::array<std::string_view, 7> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇"};
constexpr std::array<std::string_view, 9> tenths = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
constexpr Shades utf8_shades{"·", blocks, "█", "▁-▇ partly used"};
constexpr Shades ascii_shades{".", tenths, "#", "1-9 tenths used"};

struct Cell {
    std::array<std::uint64_t, 4> bytes{}; ///< by Holder
    [[nodiscard]] std::uint64_t of(Holder holder) const { return bytes[static_cast<std::size_t>(holder)]; }
};

struct Grid {
    std::uint64_t cell_size = 0; ///< bytes
    std::size_t columns = 0;
    std::vector<Cell> cells;
};

Grid make_grid(const DeviceSpace &space, std::size_t columns, std::size_t rows) {
    Grid grid;
    grid.columns = columns;
    const std::uint64_t least = (space.size + columns * rows - 1) / (columns * rows);
    grid.cell_size = std::bit_ceil(std::max(least, smallest_cell));
    grid.cells.resize((space.size + grid.cell_size - 1) / grid.cell_size);
    for (const Stretch &stretch : space.stretches)
        for (std::uint64_t at = stretch.start; at < stretch.end;) {
            const std::uint64_t index = at / grid.cell_size;
            const std::uint64_t until = std::min(stretch.end, (index + 1) * grid.cell_size);
            grid.cells[index].bytes[static_cast<std::size_t>(stretch.holder)] += until - at;
            at = until;
        }
    return grid;
}

Symbol symbol_of(const Cell &cell, std::uint64_t length, const Shades &shades) {
    if (cell.of(Holder::problem) != 0)
        return problem_symbol;
    if (cell.of(Holder::superblock) != 0)
        return superblock_symbol;
    if (cell.of(Holder::log) != 0)
        return log_symbol;
    const std::uint64_t used = cell.of(Holder::file);
    if (used == 0)
        return {shades.free, gray};
    if (used >= length)
        return {shades.used, green};
    const double share = static_cast<double>(used) / static_cast<double>(length);
    const std::size_t parts = shades.part.size();
    const auto nearest = static_cast<std::size_t>(std::lround(share * static_cast<double>(parts + 1)));
    return {shades.part[std::clamp<std::size_t>(nearest, 1, parts) - 1], green};
}

std::string paint(const Symbol &symbol, bool color) {
    std::string text(symbol.text);
    return color ? "\033[" + std::string(symbol.color) + "m" + text + "\033[0m" : text;
}

std::string row_label(std::uint64_t start) {
    std::array<char, label_width + 24> text{};
    (void)std::snprintf(text.data(), text.size(), "%*s ", static_cast<int>(label_width - 1),
                        base::human_size(start).c_str());
    return text.data();
}

std::string draw(const DeviceSpace &space, const Grid &grid, const TerminalStyle &style) {
    const Shades &shades = style.utf8 ? utf8_shades : ascii_shades;
    std::string text;
    for (std::size_t i = 0; i < grid.cells.size(); i++) {
        const std::uint64_t start = i * grid.cell_size;
        if (i % grid.columns == 0)
            text += (i == 0 ? "" : "\n") + row_label(start);
        text += paint(symbol_of(grid.cells[i], std::min(grid.cell_size, space.size - start), shades),
                      style.color);
    }
    return text + "\n";
}

/// Words of the legend, as many in a line as fit.
std::string legend(const TerminalStyle &style) {
    const Shades &shades = style.utf8 ? utf8_shades : ascii_shades;
    const std::array<std::pair<Symbol, std::string_view>, 6> entries = {{
        {problem_symbol, " problem"},
        {superblock_symbol, " superblock"},
        {log_symbol, " log"},
        {{shades.used, green}, " used"},
        {{shades.legend, green}, ""},
        {{shades.free, gray}, " free"},
    }};
    constexpr std::size_t symbol_columns = 1, gap = 2, part_columns = ascii_shades.legend.size();
    std::string text;
    std::size_t column = 0;
    for (const auto &[symbol, words] : entries) {
        const std::size_t columns = words.empty() ? part_columns : symbol_columns + words.size();
        if (column != 0 && column + gap + columns > std::max(style.width, smallest_width)) {
            text += "\n";
            column = 0;
        }
        text += std::string(gap, ' ') + paint(symbol, style.color) + std::string(words);
        column += gap + columns;
    }
    return text + "\n";
}

} // namespace

std::string space_map(std::span<const DeviceSpace> devices, const TerminalStyle &style) {
    const std::size_t shown = std::min(devices.size(), most_devices);
    if (shown == 0)
        return "";
    const std::size_t room = most_lines - legend_lines - (shown < devices.size() ? 1 : 0) - shown;
    const std::size_t rows = std::clamp<std::size_t>(room / shown, 1, most_rows);
    const std::size_t width = std::max(style.width, smallest_width) - label_width;
    const std::size_t columns = width - width % cells_step;
    std::string text;
    for (std::size_t i = 0; i < shown; i++) {
        const Grid grid = make_grid(devices[i], columns, rows);
        text += "device " + std::to_string(i) + ": " + base::human_size(devices[i].size) +
                ", a character is " + base::human_size(grid.cell_size) + "\n";
        text += draw(devices[i], grid, style);
    }
    if (shown < devices.size())
        text += "and " + base::count_of(devices.size() - shown, "device", "devices") + " more\n";
    return text + legend(style);
}

} // namespace famfs::ctl
