#pragma once
// Paints the regions of a picture: sky, night, sea, beach, grass, forest, snow, road, city. A ground is defined by its texture; it may
// borrow another ground's colour.
#include <array>

#include "tools/scenes/draw/pen.h"
#include "tools/scenes/tags.h"

namespace tagloom {

// A region across the whole picture, from `top` to `bottom` (picture units).
struct SceneStrip {
  SceneTag ground = SceneTag::kSky;
  float top = 0, bottom = 1;
};

// The colours of a scene's grounds.
struct Mood {
  std::array<Rgb, kSceneGrounds> ground;  // by tag
  Rgb haze;                               // the sky at the horizon, and the fog
};

Mood make_mood(bool night, SceneRandom& random);

// Paints one strip; the next one down is painted over its lower edge.
void draw_ground(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);

// A random colour from the palette of all objects and walls.
Rgb random_paint(SceneRandom& random);

// grounds_open.cpp: textures
void draw_sky(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_sea(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_beach(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_grass(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_snow(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
// grounds_built.cpp: rows of things
void draw_forest(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_road(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);
void draw_city(Canvas& canvas, const SceneStrip& strip, const Mood& mood, const Light& light, SceneRandom& random);

}  // namespace tagloom
