#pragma once
// The kinds of objects and the functions that draw them. A kind is defined by its shape: all kinds take their colours from one palette.
// Every draw_* fills the pen's box [-1, 1]^2 or a part of it; objects on the ground stand on y = 1.
#include "tools/scenes/draw/pen.h"
#include "tools/scenes/tags.h"

namespace tagloom {

// The colours of one object, from the palette that all kinds share.
struct Paints {
  Rgb main, second, accent;
};

// Where an object may be placed.
enum class Habitat {
  kHigh,     // in the upper part: sun, moon
  kAir,      // anywhere above the ground
  kSkyline,  // on the horizon, behind everything else
  kLand,     // on grass, snow, sand or a road
  kWater,    // on the sea
  kDeep,     // inside the sea
};

struct ObjectKind {
  SceneTag tag;
  Habitat habitat;
  float smallest, largest;  // half the side of its box, in picture units
  float width, top;         // the part of the box that it fills: |x| <= width, y >= top
  float tilt;               // largest rotation, radians
  int most;                 // maximum number of them in a picture
  void (*draw)(Pen& pen, const Paints& paints, SceneRandom& random);
};

const ObjectKind& object_kind(SceneTag tag);  // requires the tag of an object

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
