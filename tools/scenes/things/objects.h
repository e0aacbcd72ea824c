#pragma once
// The kinds of objects and how each is drawn. A kind is its shape: all kinds take their colours from one palette.
// Every draw_* fills the pen's box [-1, 1]^2 or a part of it; what stands on the ground stands on y = 1.
#include "tools/scenes/draw/pen.h"
#include "tools/scenes/tags.h"

namespace tagloom {

// The colours of one object, drawn from the palette all kinds share.
struct Paints {
  Rgb main, second, accent;
};

// Where an object may be put.
enum class Habitat {
  kHigh,     // in the upper part: sun, moon
  kAir,      // anywhere above the ground
  kSkyline,  // stands on the horizon, behind everything
  kLand,     // stands on grass, snow, sand or a road
  kWater,    // its foot in the sea
  kDeep,     // inside the sea
};

struct ObjectKind {
  SceneTag tag;
  Habitat habitat;
  float smallest, largest;  // half side of its box, in picture sides
  float width, top;         // what it fills of the box: |x| <= width, y >= top
  float tilt;               // largest turn, radians
  int most;                 // at most so many of them together
  void (*draw)(Pen& pen, const Paints& paints, SceneRandom& random);
};

const ObjectKind& object_kind(SceneTag tag);  // requires an object's tag

// objects_sky.cpp
void draw_sun(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_moon(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_stars(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_cloud(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_balloon(Pen& pen, const Paints& paints, SceneRandom& random);
// objects_land.cpp
void draw_mountain(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_tree(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_flower(Pen& pen, const Paints& paints, SceneRandom& random);
// objects_built.cpp
void draw_house(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_lighthouse(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_car(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_boat(Pen& pen, const Paints& paints, SceneRandom& random);
// objects_alive.cpp
void draw_bird(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_fish(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_dog(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_person(Pen& pen, const Paints& paints, SceneRandom& random);
// objects_toys.cpp
void draw_ball(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_kite(Pen& pen, const Paints& paints, SceneRandom& random);
void draw_umbrella(Pen& pen, const Paints& paints, SceneRandom& random);

}  // namespace tagloom
